import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { skipPage } from './page-fixture.ts';
import { ScriptedPage } from '#bench/scripted/scripted-page.ts';

const hostile = `# Heading <img src=x onerror="document.title='hacked'">

<script>document.title = 'hacked'</script>
[click me](javascript:document.title='hacked') [data](data:text/html,<script>1</script>)
![far](https://far.example/pixel.png) <a href="https://far.example" onclick="document.title='hacked'">a</a>
<iframe src="https://far.example"></iframe><svg onload="document.title='hacked'">
<div style="position:fixed" hidden><details open ontoggle="document.title='hacked'"> <!-- open
[a link](https://web.example/page) and **half-open \`code and [half`;

describe('answers on the page', { skip: skipPage, timeout: 120_000 }, () => {
  let scripted: ScriptedPage;
  before(async () => {
    scripted = await ScriptedPage.open();
  });
  after(() => scripted.close());

  const answer = () => scripted.page.getByRole('article').last().locator('.answer[aria-busy=false]');
  const ask = async (question: string) => {
    await scripted.page.getByLabel('Your question').fill(question);
    await scripted.page.keyboard.press('Enter');
    await scripted.page.getByRole('article').getByText(question, { exact: true }).waitFor();
    await answer().waitFor();
  };

  it('are Markdown, and markup in them does nothing', async () => {
    scripted.engine.say = () => hostile.match(/.{1,7}/gs) ?? [];
    await scripted.client.ask(scripted.talk, 'first');
    const far: string[] = [];
    scripted.page.on('request', (request) => {
      if (request.url().includes('.example')) far.push(request.url());
    });
    await scripted.show();
    // once as it was stored, once as it streams
    for (const question of ['first', 'once more']) {
      if (question !== 'first') await ask(question);
      await answer().getByText('half-open').waitFor();
      const found = await answer().evaluate((element) => ({
        elements: [...new Set([...element.querySelectorAll('*')].map(({ tagName }) => tagName))].sort(),
        attributes: [...element.querySelectorAll('*')].flatMap(({ attributes }) =>
          [...attributes].map(({ name }) => name).filter((name) => name.startsWith('on') || name === 'src'),
        ),
        links: [...element.querySelectorAll('a')].map(({ href, rel }) => [href, rel]),
      }));
      assert.deepEqual(found.elements, ['A', 'DIV', 'P']);
      assert.deepEqual(found.attributes, []);
      assert.ok(
        found.links.every(([href]) => href?.startsWith('https://')),
        `${found.links}`,
      );
      assert.deepEqual(found.links.at(-1), ['https://web.example/page', 'noopener noreferrer nofollow']);
      assert.doesNotMatch(await scripted.page.title(), /hacked/);
    }
    assert.deepEqual(far, []);
  });

  it('are drawn as lists, tables and code', async () => {
    scripted.engine.say = () => ['- one\n- two\n\n|a|b|\n|-|-|\n|1|2|\n\n```ts\nlet x = 1;\n```\n'];
    await ask('draw');
    assert.equal(await answer().getByRole('listitem').count(), 2);
    assert.equal(await answer().getByRole('cell', { name: '2' }).count(), 1);
    assert.equal(await answer().locator('pre').textContent(), 'let x = 1;');
    await answer().locator('.hljs-keyword').getByText('let').waitFor();
    await scripted.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await answer().getByRole('button', { name: 'Copy the code' }).click();
    assert.equal(await scripted.page.evaluate(() => navigator.clipboard.readText()), 'let x = 1;');
  });

  it('show formulas, and leave amounts of money alone', async () => {
    scripted.engine.say = () => [
      'Mean $\\bar{x}',
      ' = 1$, for $5 or $10.\n\n$$\\frac{1}{2}$$\n\nEnd \\(a^2\\).',
    ];
    await ask('formula');
    await answer().locator('math').nth(2).waitFor();
    assert.equal(await answer().locator('math[display=block] mfrac').count(), 1);
    await answer().getByText('for $5 or $10.').waitFor();
  });

  it('keep a formula that cannot be read as it was written', async () => {
    scripted.engine.say = () => ['So $\\frac{1$ it is.'];
    await ask('broken');
    await answer().getByText('So $\\frac{1$ it is.').waitFor();
  });

  it('load what colours code and sets formulas only when there are any', async () => {
    const page = await scripted.page.context().browser()?.newPage();
    assert.ok(page);
    const loaded: string[] = [];
    page.on('request', (request) => loaded.push(request.url()));
    await page.goto(new URL('/', scripted.page.url()).href);
    await page.getByText('Choose a file').waitFor();
    assert.deepEqual(
      loaded.filter((url) => /temml|highlight/i.test(url)),
      [],
    );
    await page.close();
  });

  it('name moments of the clip, which are buttons that go there', async () => {
    scripted.engine.say = () => ['It stops at 0:01', ' and never at 0:59.'];
    await ask('when');
    const moments = answer().getByRole('button');
    assert.deepEqual(await moments.allTextContents(), ['0:01']);
    await moments.first().click();
    const player = scripted.page.getByLabel('The clip', { exact: true });
    assert.equal(await player.evaluate((video: HTMLVideoElement) => video.currentTime), 1);
  });

  it('stream ten thousand tokens, and are whole in the end', async () => {
    const words = Array.from({ length: 10_000 }, (_, n) => `w${n}${n % 50 === 49 ? '.\n\n' : ' '}`);
    scripted.engine.say = async function* () {
      for (const [n, word] of words.entries()) {
        if (n % 20 === 0) await nextTurn();
        yield word;
      }
    };
    await ask('at length');
    assert.equal(await answer().locator('p').count(), 200);
    assert.equal((await answer().textContent())?.replaceAll(/\s/g, ''), words.join('').replaceAll(/\s/g, ''));
    assert.ok((await scripted.page.getByRole('status').first().textContent())?.includes('w9999'));
  });
});
