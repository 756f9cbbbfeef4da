import type { PackageManifest } from '#models/package/manifest.ts';

/** Of a package whose nets only count. */
export const manifest: PackageManifest = {
  format: 1,
  name: 'counting',
  version: '1',
  licence: 'MIT',
  about: 'Counts.',
  sources: [],
  vision: {
    imageSize: 16,
    patchSize: 8,
    frames: 4,
    maxFrames: 8,
    mean: [0, 0, 0],
    std: [1, 1, 1],
    resize: 'squash',
    tap: 'last',
    tapNorm: 'none',
    fusion: 'sum',
    cls: 'first',
    tokens: 5,
    width: 2,
  },
  language: {
    template: {
      name: 'demo',
      bos: false,
      system: '',
      user: '',
      afterVideo: '',
      assistant: '',
      eosAfterAnswer: false,
    },
    context: 64,
    slots: 1,
  },
  files: {},
};
