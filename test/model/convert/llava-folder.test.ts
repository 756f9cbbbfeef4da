import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Llava, openLlavaFolder } from '#models/convert/llava.ts';
import { randomWeights, tinyArchitecture } from '#test/helpers/public-weights/tiny-nets.ts';
import { renamed, writeTensors } from '#bench/public-weights/write-files.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const dir = tempFolder();
const tower = { ...tinyArchitecture.tower, width: 64, heads: 1, mlpWidth: 16 };
const vision = { num_hidden_layers: tower.layers, num_attention_heads: tower.heads };
let folders = 0;

interface Folder {
  readonly config: Readonly<Record<string, unknown>>;
  readonly imageSize?: number;
  readonly name?: string;
  readonly files?: Readonly<Record<string, unknown>>;
}

/** What is told of a folder with tower and projector inside. */
async function told({ config, imageSize = 28, name = 'llava', files = {} }: Folder): Promise<Llava> {
  const folder = join(dir, String(folders++), name);
  await mkdir(folder, { recursive: true });
  const weights = randomWeights({ ...tinyArchitecture, tower: { ...tower, imageSize } }, 1);
  const held = renamed(weights, (own) => {
    if (own.startsWith('vision_model.')) return `vision_tower.${own}`;
    return /^projector\.[02]\./.test(own) ? own.replace('projector.', 'model.mm_projector.') : undefined;
  });
  await writeTensors(join(folder, 'model.safetensors'), held);
  for (const [file, content] of Object.entries({ 'config.json': config, ...files })) {
    await writeFile(join(folder, file), JSON.stringify(content));
  }
  const llava = await openLlavaFolder(folder);
  await llava.close();
  return llava;
}

describe('how a LLaVA was trained, by its folder', () => {
  const squares: readonly (readonly [string, Folder, Llava['resize']])[] = [
    [
      'LLaVA 1.5 as it was published',
      { config: { model_type: 'llava_llama', image_aspect_ratio: 'pad' } },
      'pad',
    ],
    [
      'LLaVA 1.5 of llava-hf, which does not say',
      { config: { model_type: 'llava', text_config: {}, vision_config: vision }, imageSize: 336 },
      'pad',
    ],
    [
      'LLaVA 1.6 as it was published',
      { config: { model_type: 'llava_llama', image_aspect_ratio: 'anyres' } },
      'squash',
    ],
    [
      'LLaVA 1.6 of llava-hf',
      { config: { model_type: 'llava_next', image_grid_pinpoints: [[336, 672]] } },
      'squash',
    ],
    ['LLaVA 1, as its tower', { config: { model_type: 'llava' } }, undefined],
  ];
  for (const [what, folder, expected] of squares) {
    it(`squares of pictures: ${what}`, async () => {
      const { resize, tower: found } = await told(folder);
      assert.equal(resize, expected);
      assert.equal(found?.pictures.resize, expected ?? 'crop');
    });
  }

  const templates: readonly (readonly [string, Folder, string])[] = [
    ['Vicuna', { config: { model_type: 'llava_llama' } }, 'vicuna-v1'],
    [
      'a LLaVA 1.1 that marks its pictures',
      { config: { mm_use_im_start_end: true } },
      'vicuna-v1-im-start-end',
    ],
    ['Mistral by its type', { config: { model_type: 'llava_mistral' } }, 'mistral-instruct'],
    [
      'Mistral inside',
      { config: { model_type: 'llava_next', text_config: { model_type: 'mistral' } } },
      'mistral-instruct',
    ],
    [
      'Yi by its chat template',
      { config: {}, files: { 'tokenizer_config.json': { chat_template: '<|im_start|>user' } } },
      'chatml',
    ],
  ];
  for (const [what, folder, expected] of templates) {
    it(`words around turns: ${what}`, async () => {
      assert.equal((await told(folder)).template, expected);
    });
  }

  const refused: readonly (readonly [string, Folder, RegExp])[] = [
    [
      'a SigLIP of the original make',
      { config: { mm_vision_tower: 'google/siglip-so400m-patch14-384' } },
      /its tower is google\/siglip.*, not a CLIP; a branch trained beside that tower would be needed, and none is published/,
    ],
    [
      'a SigLIP of llava-hf',
      { config: { vision_config: { model_type: 'siglip_vision_model' } } },
      /its tower is a siglip_vision_model, not a CLIP/,
    ],
    [
      'a resampler',
      { config: { mm_projector_type: 'qformer' } },
      /its projector is qformer; linear and mlp2x_gelu are/,
    ],
    [
      'several layers',
      { config: { vision_feature_layer: [-2, -5] } },
      /reads tower layers -2, -5; -2 and -1 are supported/,
    ],
  ];
  for (const [what, folder, message] of refused) {
    it(`refuses ${what} by name`, async () => {
      await assert.rejects(told(folder), message);
    });
  }
});
