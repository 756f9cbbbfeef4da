import type { Page } from 'playwright-core';
import type { ScriptedPage } from '#bench/scripted/scripted-page.ts';

/** A screen that has a picture of how it should look. */
export interface VisualState {
  readonly name: string;
  readonly width: number;
  readonly scheme?: 'dark';
  /** Leads there from the state before. */
  readonly go?: (page: Page, scripted: ScriptedPage) => Promise<void>;
}

const written = [
  'Three things move:',
  '',
  '- a **plane** to the right',
  '- a boat, _slowly_',
  '',
  '| Thing | From | To |',
  '|-|-:|-:|',
  '| plane | 0:00 | 0:01 |',
  '| boat | 0:00.5 | 0:01 |',
  '',
  '> Nothing else does.',
].join('\n');

const home = async (page: Page) => {
  await page.getByLabel('stan-llava, start over').click();
  await page.getByText('Choose a file').waitFor();
};

/** In this order: each begins where the one before ended. */
export const visualStates: readonly VisualState[] = [
  { name: 'start', width: 1280, go: (page) => page.getByText('Choose a file').waitFor() },
  { name: 'start-dark', width: 1280, scheme: 'dark' },
  { name: 'start-narrow', width: 360 },
  {
    name: 'without-a-clip',
    width: 1280,
    go: (page) => page.getByRole('button', { name: 'Ask without a clip' }).click(),
  },
  { name: 'without-a-clip-narrow', width: 360, scheme: 'dark' },
  {
    name: 'clips',
    width: 1280,
    go: async (page) => {
      await page.getByRole('button', { name: 'Clips', exact: true }).click();
      await page.getByLabel('Select clip.mp4').waitFor();
    },
  },
  {
    name: 'clips-selected-narrow',
    width: 360,
    scheme: 'dark',
    go: (page) => page.getByLabel('Select clip.mp4').check(),
  },
  {
    name: 'nothing-asked-narrow',
    width: 360,
    go: async (page) => {
      await page.getByRole('button', { name: 'Ask about it' }).click();
      await page.getByText('Nothing asked yet.').waitFor();
      await page.getByText('Ready for your question').waitFor();
    },
  },
  {
    name: 'chat-1600',
    width: 1600,
    go: async (page, scripted) => {
      scripted.engine.say = (question) => [question === 'What moves?' ? written : 'It is a plane.'];
      for (const question of ['What is in the video?', 'What moves?']) {
        const answers = page.locator('article .answer[aria-busy=false]');
        const count = await answers.count();
        await page.getByLabel('Your question').fill(question);
        await page.keyboard.press('Enter');
        await answers.nth(count).waitFor();
      }
      await page.getByText('Ready for your question').waitFor();
    },
  },
  { name: 'chat', width: 1280 },
  { name: 'chat-dark', width: 1280, scheme: 'dark' },
  { name: 'chat-768', width: 768 },
  { name: 'chat-narrow', width: 360 },
  {
    name: 'editing',
    width: 1280,
    go: (page) => page.getByRole('button', { name: 'Edit', exact: true }).first().click(),
  },
  {
    name: 'settings',
    width: 1280,
    go: async (page) => {
      await page.keyboard.press('Escape');
      await page.getByText('Settings', { exact: true }).click();
    },
  },
  {
    name: 'commands',
    width: 1280,
    go: async (page) => {
      await page.getByText('Settings', { exact: true }).click();
      await page.keyboard.press('Control+k');
      await page.getByPlaceholder('Search commands and conversations').waitFor();
    },
  },
  { name: 'commands-narrow', width: 360, scheme: 'dark' },
  {
    name: 'keys',
    width: 1280,
    go: async (page) => {
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Keys', exact: true }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'selecting',
    width: 1280,
    go: async (page) => {
      await page.keyboard.press('Escape');
      await home(page);
      await page.getByRole('button', { name: 'Choose several conversations' }).click();
      const list = page.getByRole('navigation', { name: 'Conversations' });
      await list.getByRole('button', { name: /What is in the video/ }).click();
    },
  },
  {
    name: 'list-narrow',
    width: 360,
    go: async (page) => {
      await page.getByRole('button', { name: 'Conversations', exact: true }).click();
      await page.getByRole('button', { name: 'Done' }).click();
    },
  },
  {
    name: 'not-found',
    width: 1280,
    go: async (page) => {
      await page.keyboard.press('Escape');
      await page.evaluate(() => {
        location.hash = '#/c/00000000-0000-4000-8000-000000000000';
      });
      await page.getByRole('alert').waitFor();
    },
  },
];
