import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { mugStanNames, renamed, writeClipFolder, writeTorch } from '#bench/public-weights/write-files.ts';
import { writeMmproj } from '#bench/public-weights/write-mmproj.ts';
import { checkSources, type ImportRequest } from '#models/convert/import-package.ts';
import { writeTinyLlm } from '#test/helpers/public-weights/tiny-llm.ts';
import { randomWeights, tinyArchitecture } from '#test/helpers/public-weights/tiny-nets.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const dir = tempFolder();
const inFolder = (name: string): string => join(dir, name);
const sources = {
  llava: inFolder('llm.gguf'),
  mmproj: inFolder('mmproj.gguf'),
  clip: inFolder('clip'),
  stan: inFolder('mug_stan.pth'),
};
const making = { precision: 'f32', slots: 2, context: 512, name: 'tiny', progress: () => () => {} } as const;

before(async () => {
  const weights = randomWeights(tinyArchitecture, 1);
  await writeTinyLlm(sources.llava, weights, tinyArchitecture);
  await writeMmproj(sources.mmproj, weights, tinyArchitecture);
  await writeClipFolder(sources.clip, weights, tinyArchitecture);
  writeTorch(sources.stan, renamed(weights, mugStanNames));
  const projector = await readFile(sources.mmproj);
  await writeFile(inFolder('cut.gguf'), projector.subarray(0, projector.length / 2));
  await writeFile(
    inFolder('pointer.gguf'),
    'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
  );
  await writeFile(inFolder('page.pth'), '<!DOCTYPE html><html></html>');
});

describe('a file in the place of another is told for what it is', () => {
  const mistakes: readonly [string, Partial<ImportRequest>, RegExp][] = [
    [
      'the LLM for its projector',
      { mmproj: sources.llava },
      /llm\.gguf: holds no vision tower; --mmproj takes a LLaVA's projector file/,
    ],
    [
      'a projector that was not downloaded to its end',
      { mmproj: inFolder('cut.gguf') },
      /cut\.gguf: ends before v\..* does; was it downloaded whole\?/,
    ],
    [
      "Git LFS's pointer for the LLM",
      { llava: inFolder('pointer.gguf') },
      /pointer\.gguf: is a pointer of Git LFS, .* fetch that with git lfs pull/,
    ],
    [
      'the page of a download for the branch',
      { stan: inFolder('page.pth') },
      /page\.pth: is a web page, .* download the file itself/,
    ],
    [
      'the CLIP for the branch',
      { stan: join(sources.clip, 'model.safetensors') },
      /model\.safetensors: holds no STAN branch/,
    ],
    ['the branch for the CLIP', { clip: sources.stan }, /mug_stan\.pth: holds no CLIP \(no vision_model\.\*/],
  ];
  for (const [what, instead, expected] of mistakes) {
    it(what, async () => {
      const request: ImportRequest = { ...sources, ...making, out: inFolder('out'), ...instead };
      await assert.rejects(checkSources(request), expected);
    });
  }

  it('and the right ones pass', async () => {
    await checkSources({ ...sources, ...making, out: inFolder('out') });
  });
});
