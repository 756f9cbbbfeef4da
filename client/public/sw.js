/** Keeps the page itself, so that it opens without the server and can say so. What the server knows is never kept. */

const shell = 'shell-1';

self.addEventListener('install', (event) => {
  event.waitUntil(keepPage());
});

self.addEventListener('activate', (event) => {
  event.waitUntil(removeOthers());
});

self.addEventListener('fetch', (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== 'GET' || origin !== self.location.origin) return;
  if (mode === 'navigate' && pathname === '/') event.respondWith(newestPage(event.request));
  else if (/^\/(?:assets|icons)\/|^\/(?:favicon|clip)\.svg$/.test(pathname)) {
    event.respondWith(kept(event.request));
  }
});

/** The page, and what it names. */
async function keepPage() {
  const cache = await caches.open(shell);
  const response = await fetch('/', { cache: 'no-cache' });
  if (!response.ok) throw new Error(`The page cannot be kept: ${response.status}.`);
  const page = await response.clone().text();
  await cache.put('/', response);
  const named = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path);
  await cache.addAll(named);
}

async function removeOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== shell).map((name) => caches.delete(name)));
}

/** From the server; the kept one where it cannot be reached. Another page brings other files: the old ones go. */
async function newestPage(request) {
  const cache = await caches.open(shell);
  const before = await cache.match('/');
  try {
    const response = await fetch(request);
    if (!response.ok) return response;
    const isSame = before !== undefined && (await before.clone().text()) === (await response.clone().text());
    if (!isSame) await caches.delete(shell).then(keepPage);
    return response;
  } catch (error) {
    if (before !== undefined) return before;
    throw error;
  }
}

/** Files whose names change with their content. */
async function kept(request) {
  const cache = await caches.open(shell);
  const found = await cache.match(request);
  if (found !== undefined) return found;
  const response = await fetch(request);
  if (response.ok) await cache.put(request, response.clone());
  return response;
}
