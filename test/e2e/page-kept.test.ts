import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { PageFixture, skipPage } from './page-fixture.ts';
import { writeWorldClip } from './world-clip.ts';

describe('the page loses nothing', { skip: skipPage, timeout: 300_000 }, () => {
  const fixture = PageFixture.use();
  const field = () => fixture.page.getByLabel('Your question');
  const begin = async () => {
    await fixture.chooseFile(fixture.clip);
    await fixture.untilReady();
  };

  it('keeps a question that is asked offline, and sends it when the server is back', async () => {
    await begin();
    await fixture.ask('What is in the video?');
    await fixture.lastAnswer().waitFor();
    await fixture.page.context().setOffline(true);
    await fixture.page.getByText('The connection is lost.').waitFor();
    await field().fill('What colour is it?');
    await fixture.page.keyboard.press('Enter');
    await fixture.page.getByText('Waiting for the connection').waitFor();
    assert.equal(await fixture.page.getByRole('alert').count(), 0);
    await fixture.page.context().setOffline(false);
    await fixture.lastAnswer().waitFor();
    await fixture.untilReady();
    assert.equal(await fixture.page.getByRole('article').count(), 2);
  });

  it('takes another mode for the next question, and closes nothing', async () => {
    await begin();
    await fixture.ask('What is in the video?');
    await fixture.lastAnswer().waitFor();
    const { hash } = new URL(fixture.page.url());
    await fixture.page.getByText('Plain frames', { exact: true }).click();
    await fixture.untilReady();
    assert.equal(await fixture.page.getByRole('article').count(), 1);
    assert.equal(new URL(fixture.page.url()).hash, hash);
    await fixture.ask('What colour is it?');
    await fixture.lastAnswer().waitFor();
    assert.equal(await fixture.page.getByRole('article').count(), 2);
  });

  it('keeps a draft for each conversation, also over a reload', async () => {
    await begin();
    await fixture.ask('What is in the video?');
    await fixture.lastAnswer().waitFor();
    await field().fill('half a question');
    await fixture.page.getByLabel('stan-llava, start over').click();
    await fixture.reload();
    await fixture.page.locator('.item-open').first().click();
    await fixture.untilReady();
    assert.equal(await field().inputValue(), 'half a question');
  });

  it('shows the newest turn when a question is asked while reading above', async () => {
    await begin();
    await fixture.page.setViewportSize({ width: 1280, height: 420 });
    for (const question of ['What is in the video?', 'What colour is it?', 'Which way does it move?']) {
      await fixture.ask(question);
      await fixture.lastAnswer().waitFor();
    }
    const log = fixture.page.getByRole('log');
    await log.evaluate((box) => box.scrollTo(0, 0));
    await fixture.page.getByRole('button', { name: 'To the latest' }).click();
    await fixture.page.getByRole('button', { name: 'To the latest' }).waitFor({ state: 'detached' });
    await log.evaluate((box) => box.scrollTo(0, 0));
    await fixture.page.getByRole('button', { name: 'To the latest' }).waitFor();
    await fixture.ask('Describe the video.');
    await fixture.lastAnswer().waitFor();
    const left = await log.evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);
    assert.ok(left < 80, `${left} pixels below`);
  });

  it('asks nothing with settings that cannot be, and shows those that are not the defaults', async () => {
    await begin();
    await fixture.page.getByText('Settings', { exact: true }).click();
    const temperature = fixture.page.getByRole('spinbutton', { name: 'Temperature' });
    await temperature.fill('7');
    await field().fill('What is in the video?');
    assert.ok(await fixture.page.getByRole('button', { name: 'Ask', exact: true }).isDisabled());
    await fixture.page.getByText('Nothing is asked until these settings are mended: Temperature.').waitFor();
    await temperature.fill('0.4');
    await fixture.page.getByText('Temperature 0.4').waitFor();
    await fixture.page.getByRole('button', { name: 'Reset to the defaults' }).click();
    await fixture.page.getByText('Temperature 0.4').waitFor({ state: 'detached' });
  });

  it('takes several files as several clips, and says where two are the same', async () => {
    const second = join(fixture.folder, 'another.mp4');
    await writeWorldClip(20_002, second);
    await fixture.page.locator('input[accept*=video]').first().setInputFiles([fixture.clip, second]);
    await fixture.untilReady();
    const clips = fixture.page.getByRole('list', { name: 'Clips of this conversation' });
    assert.equal(await clips.getByRole('listitem').count(), 2);
    await fixture.page.getByLabel('Add a clip to the conversation').setInputFiles(second);
    await fixture.page.getByText('"another.mp4" is the same clip as "another.mp4"').waitFor();
    assert.equal(await clips.getByRole('listitem').count(), 2);
  });

  it('shows in one browser what is asked in another', async () => {
    await begin();
    await fixture.ask('What is in the video?');
    await fixture.lastAnswer().waitFor();
    const other = await fixture.page.context().browser()?.newPage();
    assert.ok(other);
    await other.goto(fixture.page.url());
    await other.getByText('Ready for your question').waitFor();
    await fixture.ask('What colour is it?');
    await other.getByRole('article').nth(1).locator('.answer[aria-busy=false]').waitFor();
    await other.close();
  });

  it('names the clip in the list of conversations, and finds it by that name', async () => {
    await begin();
    await fixture.ask('What is in the video?');
    await fixture.lastAnswer().waitFor();
    const list = fixture.page.getByRole('navigation', { name: 'Conversations' });
    await list.getByLabel('Search conversations').fill('clip.mp4');
    await list.getByRole('listitem').first().getByText('clip.mp4').waitFor();
    await list.getByLabel('Search conversations').fill('no such clip');
    await list.getByText('Nothing found.').waitFor();
  });
});
