import type { Operation } from './operation.ts';
import { operations } from './operations.ts';

/** Text that is safe between tags and in attributes. */
function escaped(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/** As `escaped`, with what stands between backticks as code. */
function prose(text: string): string {
  return escaped(text).replace(/`([^`]*)`/g, '<code>$1</code>');
}

/** The document for people to read: one page of plain HTML, which loads a style sheet and nothing else. */
export function apiPage(document: Readonly<Record<string, unknown>>, origin: string): string {
  const groups = [...new Set(operations.map(({ group }) => group))];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>stan-llava API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/style.css">
</head>
<body>
<header>
<h1>stan-llava API</h1>
<p>Everything below is also in <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1), for clients that are generated.
Where the server has keys, send one as <code>Authorization: Bearer KEY</code>.</p>
<nav>${groups.map((group) => `<a href="#${group}">${group}</a>`).join(' ')}</nav>
</header>
<main>
${groups.map((group) => section(group, document, origin)).join('\n')}
</main>
</body>
</html>
`;
}

function section(group: string, document: Readonly<Record<string, unknown>>, origin: string): string {
  const own = operations.filter((operation) => operation.group === group);
  return `<section id="${group}">
<h2>${group}</h2>
${own.map((operation) => details(operation, document, origin)).join('\n')}
</section>`;
}

function details(operation: Operation, document: Readonly<Record<string, unknown>>, origin: string): string {
  const { method, path, id, summary, about } = operation;
  const { parameters, requestBody, responses } = described(document, operation);
  return `<details id="${id}">
<summary><b class="${method}">${method.toUpperCase()}</b> <code>${escaped(path)}</code> <span>${prose(summary)}</span></summary>
${about === undefined ? '' : `<p>${prose(about)}</p>`}
<h3>Try it</h3>
<pre><code>${escaped(curl(operation, origin))}</code></pre>
${shown('Parameters', parameters)}
${shown('Request', requestBody)}
${shown('Answers', responses)}
</details>`;
}

interface Described {
  readonly parameters?: unknown;
  readonly requestBody?: unknown;
  readonly responses?: unknown;
}

function described(document: Readonly<Record<string, unknown>>, { path, method }: Operation): Described {
  const paths = new Map(Object.entries(document['paths'] ?? {}));
  return Object.assign({}, Object.getOwnPropertyDescriptor(paths.get(path) ?? {}, method)?.value);
}

function shown(title: string, value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return '';
  return `<h3>${title}</h3>\n<pre><code>${escaped(JSON.stringify(value, null, 2))}</code></pre>`;
}

function curl({ method, path, request, example, headers = {} }: Operation, origin: string): string {
  const words = ['curl'];
  if (method === 'head') words.push('-I');
  else if (method !== 'get' && method !== 'post') words.push(`-X ${method.toUpperCase()}`);
  for (const [name, value] of Object.entries(headers)) words.push(`-H '${name}: ${value}'`);
  if (example !== undefined) {
    words.push("-H 'Content-Type: application/json'", `-d '${JSON.stringify(example)}'`);
  } else if (request?.bodies.some((body) => 'type' in body && body.type === 'multipart/form-data')) {
    words.push('-F file=@clip.mp4');
  } else if (request !== undefined) words.push('--data-binary @clip.mp4');
  else if (method === 'post') words.push('-X POST');
  return [...words, `${origin}${path}`].join(' ');
}
