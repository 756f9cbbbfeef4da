import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { launchBrowser } from '../test/e2e/browser.ts';
import { startServer } from '../test/e2e/server-process.ts';
import { writeWorldClip } from '../test/e2e/world-clip.ts';

/** Makes the README's pictures from a real run: `node --import tsx docs/screenshots.ts [SEED]`. */

const questions = ['What is in the video?', 'What colour is it?', 'Which way does it move?'];
const seed = Number(process.argv[2] ?? 20_003);
const folder = await mkdtemp(join(tmpdir(), 'stan-llava-screenshots-'));

try {
  const clip = join(folder, `clip-${seed}.mp4`);
  await writeWorldClip(seed, clip);
  const server = await startServer('models/demo');
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 760 }, deviceScaleFactor: 2 });
    await page.goto(server.url);
    await page.locator('input[type=file]').setInputFiles(clip);
    await page.getByText('Ready for your question').waitFor();
    for (const question of questions) await askAndWait(page, question);
    await page.screenshot({ path: 'docs/screenshots/chat.png' });
  } finally {
    await browser.close();
    await server.stop();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function askAndWait(page: Page, question: string): Promise<void> {
  const turns = page.getByRole('article');
  const next = turns.nth(await turns.count());
  await page.getByLabel('Your question').fill(question);
  await page.keyboard.press('Enter');
  await next.locator('[aria-busy=false]').waitFor();
}
