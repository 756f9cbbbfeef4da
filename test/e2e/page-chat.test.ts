import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import sharp from 'sharp';
import { PageFixture, skipPage } from './page-fixture.ts';

describe('what people expect of a chat', { skip: skipPage, timeout: 300_000 }, () => {
  const fixture = PageFixture.use();

  it('deletes a question with what follows, and brings it back', async () => {
    const { page } = fixture;
    await fixture.chooseFile(fixture.clip);
    await fixture.untilReady();
    for (const question of ['What is in the video?', 'What colour is it?']) {
      await fixture.ask(question);
      await fixture.lastAnswer().waitFor();
    }
    const remove = page.getByRole('button', { name: 'Delete this question and what follows' });
    const turns = page.getByRole('article');
    await remove.last().click();
    assert.equal(await turns.count(), 1);
    await page.getByRole('button', { name: 'Undo' }).click();
    assert.equal(await turns.count(), 2);
    await remove.last().click();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await fixture.reload();
    await fixture.untilReady();
    assert.equal(await turns.count(), 1);
    // the next question follows what is left
    await fixture.ask('Which way does it move?');
    await fixture.lastAnswer().waitFor();
    assert.equal(await turns.count(), 2);
  });

  it('asks without a clip, and takes one later', async () => {
    const { page } = fixture;
    await page.getByRole('button', { name: 'Ask without a clip' }).click();
    await page.getByText('No clip in this conversation.').waitFor();
    await fixture.ask('What is in the video?');
    await fixture.lastAnswer().waitFor();
    assert.notEqual(await fixture.lastAnswer().textContent(), '');
    assert.equal(await page.getByRole('button', { name: 'Compare' }).count(), 0);
    await page.getByLabel('Add a clip to the conversation').setInputFiles(fixture.clip);
    await fixture.untilReady();
    await fixture.ask('What colour is it?');
    await fixture.lastAnswer().waitFor();
    await page.getByLabel('The clip', { exact: true }).waitFor();
  });

  it('takes a picture as a clip of one frame', async () => {
    const picture = join(fixture.folder, 'picture.png');
    await sharp({ create: { width: 320, height: 240, channels: 3, background: '#337755' } })
      .png()
      .toFile(picture);
    await fixture.chooseFile(picture);
    await fixture.untilReady();
    await fixture.page.getByText('A picture: it has one frame').waitFor();
    const shown = fixture.page.getByRole('img', { name: 'The clip' });
    assert.equal(await shown.evaluate((image: HTMLImageElement) => image.naturalWidth), 320);
    await fixture.ask('What is in the video?');
    await fixture.lastAnswer().waitFor();
  });
});
