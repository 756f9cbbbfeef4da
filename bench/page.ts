import type { Page } from 'playwright-core';
import { ScriptedPage } from './scripted/scripted-page.ts';

/** How smoothly the page does its longest work, in milliseconds. */
export interface PageReport {
  /** Tokens streamed into one answer, tasks of more than 50 ms meanwhile, and the longest task. */
  readonly streaming: {
    readonly tokens: number;
    readonly longTasks: number;
    readonly longest: number;
    readonly seconds: number;
  };
  /** Messages of a conversation that is scrolled from end to end, and the time between its pictures. */
  readonly scrolling: {
    readonly messages: number;
    readonly frames: number;
    readonly p50: number;
    readonly p95: number;
    readonly longTasks: number;
    readonly longest: number;
  };
}

const tokens = 10_000;
const questions = 250;

/** Of the built page in the system's browser, on a server whose model says what it is told. */
export async function measurePage(): Promise<PageReport> {
  const scripted = await ScriptedPage.open();
  try {
    scripted.engine.say = () => ['It is **a car** that moves left at 0:01.\n\n- red\n- fast\n'];
    for (let n = 0; n < questions; n++) await scripted.client.ask(scripted.talk, `question ${n}`);
    await scripted.show();
    const scrolling = await scroll(scripted.page);
    const words = Array.from({ length: tokens }, (_, n) => `word${n}${n % 90 === 89 ? '.\n\n' : ' '}`);
    scripted.engine.say = () => paced(words);
    // once before it counts, so that the page's code is compiled
    await stream(scripted.page, 'first');
    return { streaming: await stream(scripted.page, 'second'), scrolling };
  } finally {
    await scripted.close();
  }
}

/** About 2,000 tokens each second, more than any model on such a machine says. */
async function* paced(words: readonly string[]): AsyncGenerator<string> {
  for (const [n, word] of words.entries()) {
    if (n % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    yield word;
  }
}

async function stream(page: Page, question: string): Promise<PageReport['streaming']> {
  await watchTasks(page);
  const start = performance.now();
  await page.getByLabel('Your question').fill(question);
  await page.keyboard.press('Enter');
  await page.getByRole('article').getByText(question, { exact: true }).waitFor();
  await page.getByRole('article').last().locator('.answer[aria-busy=false]').waitFor();
  const seconds = (performance.now() - start) / 1000;
  return { tokens, seconds, ...(await tasks(page)) };
}

async function scroll(page: Page): Promise<PageReport['scrolling']> {
  await watchTasks(page);
  const gaps = await page.evaluate(async () => {
    const box = document.querySelector('.transcript');
    if (box === null) throw new Error('there is no transcript');
    const found: number[] = [];
    let before = performance.now();
    while (box.scrollTop > 0) {
      box.scrollTop -= 240;
      const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
      found.push(now - before);
      before = now;
    }
    return found;
  });
  const sorted = gaps.sort((a, b) => a - b);
  const share = (part: number): number => sorted[Math.floor(part * (sorted.length - 1))] ?? 0;
  const pace = { frames: gaps.length, p50: share(0.5), p95: share(0.95) };
  return { messages: 2 * questions, ...pace, ...(await tasks(page)) };
}

/** Has the page note every task of more than 50 ms from now on. */
function watchTasks(page: Page): Promise<void> {
  return page.evaluate(() => {
    const found: number[] = [];
    new PerformanceObserver((list) => {
      found.push(...list.getEntries().map(({ duration }) => duration));
    }).observe({ type: 'longtask' });
    Object.assign(globalThis, { longTasks: found });
  });
}

async function tasks(page: Page): Promise<{ longTasks: number; longest: number }> {
  const found: number[] = await page.evaluate('globalThis.longTasks');
  return { longTasks: found.length, longest: Math.max(0, ...found) };
}
