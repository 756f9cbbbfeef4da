import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pixelmatch from 'pixelmatch';
import sharp from 'sharp';
import { skipPage } from './page-fixture.ts';
import { ScriptedPage } from '#bench/scripted/scripted-page.ts';
import { visualStates } from './visual-states.ts';

/**
 * The looks of the page against pictures in `visual-baselines`. After a wanted change: `UPDATE_PICTURES=1 npm test --
 * test/e2e/visual.test.ts`, and look at what changed. `KEEP_PICTURES=DIR` keeps what was seen, and where it differs.
 */
const baselines = join(import.meta.dirname, 'visual-baselines');
const { UPDATE_PICTURES: update, KEEP_PICTURES: kept } = process.env;
/** Share of the pixels that may differ: letters are drawn a little differently by each version of a browser. */
const tolerance = 0.01;

/** What is another one in each run: times of day, the moment that a clip has reached, what blinks. */
const still = `
  .item-facts > span:last-child, .pace { visibility: hidden !important; }
  video { visibility: hidden !important; }
  *, *::before, *::after { animation: none !important; transition: none !important; caret-color: transparent !important; }
  * { scrollbar-width: none !important; }
`;

describe('the looks of the page', { skip: skipPage, timeout: 300_000 }, () => {
  let scripted: ScriptedPage;
  before(async () => {
    scripted = await ScriptedPage.open();
    const { page } = scripted;
    const frame = await readFile('client/public/samples/motion.jpg');
    await page.route('**/v1/videos/*/frames/**', (route) =>
      route.fulfill({ contentType: 'image/jpeg', body: frame }),
    );
    await page.clock.setFixedTime('2026-01-15T12:00:00');
    await scripted.start();
    // the page's policy lets no style in that comes as markup
    await page.evaluate((css) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      document.adoptedStyleSheets = [sheet];
    }, still);
  });
  after(() => scripted.close());

  for (const { name, width, scheme = 'light', go } of visualStates) {
    it(name, async () => {
      const { page } = scripted;
      await page.setViewportSize({ width, height: width < 800 ? 740 : 800 });
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      await go?.(page, scripted);
      await page.setViewportSize({ width, height: width < 800 ? 740 : 800 });
      await page.mouse.move(0, 0);
      await page.evaluate(() => document.fonts.ready);
      await page.evaluate(() =>
        Promise.all([...document.images].map((image) => image.decode().catch(() => undefined))),
      );
      const seen = await page.screenshot({ animations: 'disabled', caret: 'hide' });
      await compare(name, seen);
    });
  }
});

async function compare(name: string, seen: Buffer): Promise<void> {
  const file = join(baselines, `${name}.webp`);
  if (update !== undefined) {
    await mkdir(baselines, { recursive: true });
    await sharp(seen).webp({ nearLossless: true, quality: 60, effort: 6 }).toFile(file);
    return;
  }
  assert.ok(existsSync(file), `there is no picture of ${name}; make it with UPDATE_PICTURES=1`);
  const [a, b] = await Promise.all([pixelsOf(seen), pixelsOf(await readFile(file))]);
  assert.deepEqual([a.info.width, a.info.height], [b.info.width, b.info.height]);
  const { width, height } = a.info;
  const difference = Buffer.alloc(a.data.length);
  const count = pixelmatch(a.data, b.data, difference, width, height, { threshold: 0.2 });
  const share = count / (width * height);
  if (kept !== undefined) {
    await mkdir(kept, { recursive: true });
    await sharp(seen).toFile(join(kept, `${name}.png`));
    const raw = { raw: { width, height, channels: 4 } } as const;
    await sharp(difference, raw).toFile(join(kept, `${name}-difference.png`));
  }
  assert.ok(share <= tolerance, `${(100 * share).toFixed(2)} % of the pixels of ${name} differ`);
}

function pixelsOf(picture: Buffer) {
  return sharp(picture).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
}
