import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { PageFixture, skipPage } from './page-fixture.ts';

describe('conversations on the page', { skip: skipPage, timeout: 300_000 }, () => {
  const fixture = PageFixture.use();

  it('keeps conversations: found again after a reload, searched, renamed, deleted', async () => {
    await fixture.page.setViewportSize({ width: 1280, height: 800 });
    await fixture.chooseFile(fixture.clip);
    await fixture.untilReady();
    await fixture.ask('What is in the video?');
    await fixture.lastAnswer().waitFor();
    const said = await fixture.lastAnswer().textContent();
    const list = fixture.page.getByRole('navigation', { name: 'Conversations' });
    await list.getByRole('listitem').first().hover();
    await list.getByRole('button', { name: 'Rename "What is in the video?"' }).first().click();
    // the field has the focus: what is typed is the new name, and Escape leaves the old one
    await fixture.page.keyboard.type('n not this');
    await fixture.page.keyboard.press('Escape');
    await list.getByText('What is in the video?').first().waitFor();
    await list.getByRole('button', { name: 'Rename "What is in the video?"' }).first().click();
    await fixture.page.keyboard.type('My favourite clip');
    await fixture.page.keyboard.press('Enter');
    await list.getByText('My favourite clip').waitFor();

    await fixture.reload();
    await fixture.untilReady();
    assert.equal(await fixture.lastAnswer().textContent(), said);
    await fixture.page.getByLabel('stan-llava, start over').click();
    await list.getByLabel('Search conversations').fill('favourite');
    await list.getByText('My favourite clip').click();
    await fixture.untilReady();
    assert.equal(await fixture.lastAnswer().textContent(), said);

    await list.getByRole('listitem').first().hover();
    await list.getByRole('button', { name: 'Delete "My favourite clip"' }).click();
    await fixture.page.getByRole('button', { name: 'Undo' }).click();
    await list.getByText('My favourite clip').waitFor();
    await list.getByRole('listitem').first().hover();
    await list.getByRole('button', { name: 'Delete "My favourite clip"' }).click();
    await list.getByText('Nothing found.').waitFor();
    await fixture.page.getByText('Ask about a video').waitFor();
  });

  it('asks in other words and answers again, with arrows between the branches', async () => {
    await fixture.chooseFile(fixture.clip);
    await fixture.untilReady();
    await fixture.ask('What is in the video?');
    await fixture.lastAnswer().waitFor();
    await fixture.page.getByRole('button', { name: 'Edit' }).click();
    await fixture.page.getByLabel('The question in other words').fill('What colour is it?');
    await fixture.page.keyboard.press('Enter');
    await fixture.page.getByText('2 / 2').waitFor();
    await fixture.lastAnswer().waitFor();
    assert.equal(await fixture.page.getByRole('article').count(), 1);
    await fixture.page.getByRole('button', { name: 'Question before' }).click();
    await fixture.page.getByRole('article').getByText('What is in the video?').waitFor();
    await fixture.page.getByRole('button', { name: 'Another answer' }).click();
    await fixture.page.getByRole('button', { name: 'Answer before' }).waitFor();
    await fixture.untilReady();
    await fixture.ask('Which way does it move?');
    await fixture.lastAnswer().waitFor();
    assert.equal(await fixture.page.getByRole('article').count(), 2);
  });

  it('goes on where it was when the page is loaded again in mid-answer', async () => {
    await fixture.chooseFile(fixture.clip);
    await fixture.untilReady();
    await fixture.ask('What is in the video?');
    // the server has taken the question
    await fixture.page.locator('.item.current').waitFor();
    await fixture.reload();
    await fixture.untilReady();
    assert.match((await fixture.lastAnswer().textContent()) ?? '', /[a-z]/i);
  });

  it('answers as the settings say, tells the pace, and saves the talk as files', async () => {
    await fixture.chooseFile(fixture.clip);
    await fixture.untilReady();
    await fixture.page.getByText('Settings', { exact: true }).click();
    await fixture.page.getByRole('spinbutton', { name: 'Longest answer' }).fill('0');
    assert.equal(
      await fixture.page.getByRole('spinbutton', { name: 'Longest answer' }).getAttribute('aria-invalid'),
      'true',
    );
    await fixture.page.getByRole('spinbutton', { name: 'Longest answer' }).fill('2');
    await fixture.ask('Describe the video.');
    await fixture.page.getByText('Cut off: the answer reached the maximum length.').waitFor();
    await fixture.page.getByText(/s to the first word · .*of \d+ tokens/).waitFor();
    await fixture.reload();
    await fixture.untilReady();
    await fixture.page.getByText('Settings', { exact: true }).click();
    assert.equal(
      await fixture.page.getByRole('spinbutton', { name: 'Longest answer' }).inputValue(),
      '2',
      'this browser remembers',
    );

    const saved = async (button: string) => {
      const [file] = await Promise.all([
        fixture.page.waitForEvent('download'),
        fixture.page.getByRole('button', { name: button }).click(),
      ]);
      return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
    };
    const json = await saved('JSON');
    assert.equal(json.name, 'Describe the video.json');
    const { model, messages, clips } = JSON.parse(json.text);
    assert.deepEqual([model, messages.length, clips[0].seen.mode], ['demo', 2, 'stan']);
    const markdown = await saved('Markdown');
    assert.match(markdown.text, /^# Describe the video\.\n\n- Clip: clip\.mp4, seen at 0\./);
  });

  it('compares: the same question with the video branch and without it', async () => {
    await fixture.chooseFile(fixture.clip);
    await fixture.untilReady();
    const direction = fixture.truth.questions.find(({ question }) => /way/i.test(question));
    assert.ok(direction);
    await fixture.ask(direction.question);
    await fixture.lastAnswer().waitFor();
    await fixture.page.getByRole('button', { name: 'Compare' }).click();
    const both = fixture.page.getByLabel('The same question in both ways');
    await both.and(fixture.page.locator('[aria-busy=false]')).waitFor();
    const [stan, plain] = await both.getByRole('definition').allTextContents();
    assert.equal(stan, direction.answer);
    assert.notEqual(plain, stan);
  });
});
