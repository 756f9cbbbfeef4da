import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { resizeFrame } from '#models/package/preprocess.ts';
import { type RgbImage, resample } from '#models/package/resample.ts';

const python = process.env['PYTHON'] ?? '/usr/bin/python3';

/** What transformers' CLIPImageProcessor and LLaVA's expand2square do, by PIL itself; numpy for torch's and OpenCV's kernels. */
const reference = `
import sys, json
import numpy as np
from PIL import Image
def cut(image, size):
    w, h = image.size
    left, top = (w - size) // 2, (h - size) // 2
    return image.crop((left, top, left + size, top + size))
def bilinear(a, to):
    def lerp(a, to):
        n = a.shape[0]
        x = np.clip((np.arange(to) + 0.5) * n / to - 0.5, 0, n - 1)
        i = np.minimum(np.floor(x).astype(int), max(n - 2, 0))
        f = (x - i).reshape(-1, 1, 1)
        return a[i] * (1 - f) + a[np.minimum(i + 1, n - 1)] * f
    return np.rint(lerp(lerp(a.astype(float), to[1]).transpose(1, 0, 2), to[0]).transpose(1, 0, 2)).astype(np.uint8)
for line in sys.stdin:
    job = json.loads(line)
    w, h, size, rule, kernel = (job[k] for k in ('width', 'height', 'size', 'resize', 'kernel'))
    a = np.frombuffer(bytes.fromhex(job['rgb']), dtype=np.uint8).reshape(h, w, 3)
    image = Image.fromarray(a)
    if rule == 'pad':
        side = max(w, h)
        square = Image.new('RGB', (side, side), (122, 116, 104))
        square.paste(image, ((side - w) // 2, (side - h) // 2))
        image = square.resize((size, size), Image.BICUBIC)
    elif rule == 'squash' and kernel == 'nearest':
        ys = np.minimum(np.floor(np.arange(size) * np.float32(h / size)).astype(int), h - 1)
        xs = np.minimum(np.floor(np.arange(size) * np.float32(w / size)).astype(int), w - 1)
        image = Image.fromarray(a[ys][:, xs])
    elif rule == 'squash':
        image = image.resize((size, size), Image.BICUBIC)
    elif kernel == 'bilinear':
        short = min(w, h)
        to = tuple(int(n * (size / short) + 0.5) for n in (w, h))
        image = cut(Image.fromarray(bilinear(a, to)), size)
    else:
        short, long = min(w, h), max(w, h)
        new_long = int(size * long / short)
        to = (size, new_long) if w <= h else (new_long, size)
        image = cut(image.resize(to, Image.BICUBIC), size)
    print(np.asarray(image).tobytes().hex())
`;

const installed = spawnSync(python, ['-c', 'import PIL, numpy']).status === 0;
const needsPil = {
  skip: installed ? false : `no ${python} with PIL and numpy (Debian: python3-pil, python3-numpy)`,
};

interface Job {
  readonly width: number;
  readonly height: number;
  readonly size: number;
  readonly resize: 'crop' | 'pad' | 'squash';
  readonly kernel: 'bicubic' | 'bilinear' | 'nearest';
}

/** Slow waves, edges and noise: like a photograph, hard at the edges. */
function picture(width: number, height: number): RgbImage {
  let state = width * 65_537 + height;
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < rgb.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const [x, y, channel] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
    const waves = 60 * Math.sin((x * (channel + 2)) / 17) + 40 * Math.cos((y * (3 - channel)) / 23);
    const edge = x > width / 3 && y > height / 4 ? 50 : 0;
    rgb[i] = Math.max(0, Math.min(255, 110 + waves + edge + (state >>> 28)));
  }
  return { width, height, rgb };
}

function theirs(jobs: readonly Job[]): Uint8Array[] {
  const lines = jobs.map((job) => {
    const rgb = Buffer.from(picture(job.width, job.height).rgb).toString('hex');
    return JSON.stringify(Object.assign({ rgb }, job));
  });
  const { status, stdout, stderr } = spawnSync(python, ['-c', reference], {
    input: `${lines.join('\n')}\n`,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  assert.equal(status, 0, stderr);
  return stdout
    .trim()
    .split('\n')
    .map((line) => new Uint8Array(Buffer.from(line, 'hex')));
}

/** CLIP's; the colour of padding follows from it. */
const mean: [number, number, number] = [0.48145466, 0.4578275, 0.40821073];

async function differences(jobs: readonly Job[]) {
  const expected = theirs(jobs);
  return Promise.all(
    jobs.map(async (job, i) => {
      const { size: imageSize, resize, kernel } = job;
      const ours = await resizeFrame(picture(job.width, job.height), { imageSize, resize, kernel, mean });
      assert.equal(ours.length, expected[i]?.length);
      const levels = ours.map((value, index) => Math.abs(value - (expected[i]?.[index] ?? -1)));
      return {
        job,
        mean: levels.reduce((sum, x) => sum + x, 0) / levels.length,
        largest: levels.reduce((most, x) => Math.max(most, x), 0),
      };
    }),
  );
}

const index = (
  resize: Job['resize'],
  kernel: Job['kernel'],
  sizes: readonly (readonly [number, number, number])[],
) => sizes.map(([width, height, size]): Job => ({ width, height, size, resize, kernel }));

describe('pictures as the authors of the weights prepare them', () => {
  it('enlarges exactly as PIL', needsPil, async () => {
    const jobs = [
      ...index('crop', 'bicubic', [
        [320, 240, 336],
        [100, 80, 224],
        [240, 426, 336],
      ]),
      ...index('pad', 'bicubic', [
        [224, 224, 336],
        [320, 180, 336],
      ]),
      // one side grows, the other shrinks
      ...index('squash', 'bicubic', [
        [640, 180, 336],
        [200, 500, 224],
      ]),
    ];
    for (const { job, largest } of await differences(jobs)) assert.equal(largest, 0, JSON.stringify(job));
  });

  it('shrinks within what libvips rounds', needsPil, async () => {
    const jobs = [
      // the crop's odd rest, 597 - 336 and 399 - 224, is cut off on the right
      ...index('crop', 'bicubic', [
        [1280, 720, 336],
        [640, 359, 224],
        [480, 854, 224],
      ]),
      ...index('pad', 'bicubic', [
        [1280, 720, 336],
        [600, 800, 336],
      ]),
      ...index('squash', 'bicubic', [[1280, 720, 336]]),
    ];
    for (const { job, mean: average, largest } of await differences(jobs)) {
      assert.ok(
        average < 0.25 && largest <= 6,
        `${JSON.stringify(job)}: mean ${average}, largest ${largest}`,
      );
    }
  });

  it("squashes by torch's nearest pixel, and crops by OpenCV's two nearest", needsPil, async () => {
    const nearest = index('squash', 'nearest', [
      [1280, 720, 224],
      [320, 240, 224],
      [100, 80, 224],
    ]);
    for (const { job, largest } of await differences(nearest)) assert.equal(largest, 0, JSON.stringify(job));
    const bilinear = index('crop', 'bilinear', [
      [1280, 720, 224],
      [426, 240, 224],
      [100, 80, 224],
    ]);
    for (const { job, mean: average, largest } of await differences(bilinear)) {
      assert.ok(largest <= 1 && average < 0.5, `${JSON.stringify(job)}: mean ${average}, largest ${largest}`);
    }
  });
});

describe('resampling', () => {
  it('keeps a picture of one colour, whatever the kernel and the size', () => {
    for (const kernel of ['bicubic', 'bilinear', 'nearest'] as const) {
      for (const [width, height] of [
        [1, 1],
        [2, 7],
        [90, 3],
      ] as const) {
        const rgb = new Uint8Array(width * height * 3).fill(77);
        assert.ok(
          resample({ width, height, rgb }, 31, 17, kernel).every((value) => value === 77),
          kernel,
        );
      }
    }
  });
});
