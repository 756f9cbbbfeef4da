import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { launchBrowser } from '#bench/browser.ts';
import { startServer } from '#cli/spawn-server.ts';
import { writeWorldClip } from '#cli/world-clip.ts';
import { drawClip, splitRandom } from '#models/world/dataset.ts';

/** Makes pictures of the page's main states from a real run: `node --import tsx docs/screenshots.ts [SEED]`. */

const questions = ['What is in the video?', 'What colour is it?', 'Which way does it move?'];
const seed = Number(process.argv[2] ?? 20_003);
const wide = { width: 1280, height: 760 };
const narrow = { width: 360, height: 740 };
const folder = await mkdtemp(join(tmpdir(), 'stan-llava-screenshots-'));

try {
  const clip = join(folder, `clip-${seed}.mp4`);
  const second = join(folder, 'a long name that somebody gave to the second clip.mp4');
  const words = join(folder, 'words.mp4');
  const { signal } = new AbortController();
  await writeWorldClip(drawClip(splitRandom('test', seed)), clip, signal);
  await writeWorldClip(drawClip(splitRandom('test', seed + 4)), second, signal);
  await writeFile(words, 'These are only words.');
  const server = await startServer('models/demo');
  const browser = await launchBrowser();
  const context = await browser.newContext({ viewport: wide, deviceScaleFactor: 2 });
  try {
    const page = await context.newPage();
    await page.goto(server.url);
    await page.getByText('demo', { exact: true }).first().waitFor();
    await picture(page, 'start');
    await choose(page, words);
    await page.getByRole('alert').waitFor();
    await picture(page, 'refused');
    await page.keyboard.press('?');
    await picture(page, 'keys');
    await page.keyboard.press('Escape');
    await choose(page, clip);
    await ready(page);
    for (const question of questions) await ask(page, question);
    await picture(page, 'chat');
    await page.getByRole('button', { name: 'Compare' }).last().click();
    await page.locator('.comparison[aria-busy=false]').waitFor();
    await picture(page, 'compare');
    await page.getByRole('button', { name: 'Order' }).last().click();
    await page.locator('.order[aria-busy=false]').waitFor();
    await page.getByRole('button', { name: 'Which frames' }).last().click();
    await page.locator('.filmstrip.shaded').waitFor();
    await page.getByRole('button', { name: 'Where it looks' }).click();
    await page.getByRole('img', { name: 'Where the video branch looks' }).waitFor();
    await picture(page, 'why');
    await page.getByRole('button', { name: 'Where it looks' }).click();
    await page.getByText('Settings', { exact: true }).click();
    await page.getByRole('button', { name: 'Edit' }).last().click();
    await picture(page, 'edit-and-settings');
    await page.keyboard.press('Escape');
    await page.getByText('Settings', { exact: true }).click();
    await page.getByLabel('Add a clip to the conversation').setInputFiles(second);
    await ready(page);
    await ask(page, 'What is in the video?');
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    await picture(page, 'several-clips-dark');
    await page.getByLabel('Language').selectOption('vi');
    await page.getByText('Sẵn sàng nhận câu hỏi').first().waitFor();
    await picture(page, 'vietnamese-dark');
    await page.getByLabel('Ngôn ngữ').selectOption('en');
    await page.setViewportSize(narrow);
    await picture(page, 'narrow-dark');
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize(wide);
    await page.getByLabel('stan-llava, start over').click();
    await page.getByRole('searchbox', { name: 'Find a clip' }).fill('a green plane moving up');
    await page.keyboard.press('Enter');
    await page.getByText(/clips?, the best first/).waitFor();
    await page.locator('.hits').scrollIntoViewIfNeeded();
    await picture(page, 'find');
    await page.getByRole('button', { name: 'Clips', exact: true }).click();
    await page
      .getByLabel(/^Select /)
      .first()
      .check();
    await picture(page, 'clips');
    await page.keyboard.press('Control+k');
    await picture(page, 'commands');
    await page.keyboard.press('Escape');
    await page.setViewportSize(narrow);
    await page.getByRole('button', { name: 'Conversations' }).click();
    await picture(page, 'narrow-list');
  } finally {
    await browser.close();
    await server.stop();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function picture(page: Page, name: string): Promise<void> {
  // fonts, pictures of frames and the browser's own colours are there a moment later
  await page.evaluate(() => Promise.all([...document.images].map((image) => image.decode())));
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
  await page.screenshot({ path: `docs/screenshots/${name}.png`, scale: name === 'chat' ? 'device' : 'css' });
}

function choose(page: Page, file: string): Promise<void> {
  return page.locator('input[accept*=video]').first().setInputFiles(file);
}

function ready(page: Page): Promise<void> {
  return page.getByText('Ready for your question').waitFor();
}

async function ask(page: Page, question: string): Promise<void> {
  const turns = page.getByRole('article');
  const next = turns.nth(await turns.count());
  await page.getByLabel('Your question').fill(question);
  await page.keyboard.press('Enter');
  await next.locator('[aria-busy=false]').waitFor();
}
