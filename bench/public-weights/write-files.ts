import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromFloat32 } from '#models/formats/tensor-data.ts';
import { writeSafetensors } from '#models/formats/safetensors/write.ts';
import type { Architecture } from '#models/package/architecture.ts';
import { dict, tensor, text, writeCheckpoint } from './write-checkpoint.ts';
import { clipTokenizerJson } from './clip-tokenizer.ts';
import type { NetWeights } from './net-weights.ts';

type Rename = (name: string) => string | undefined;

/** Weights under other names; those without one are left out. */
export function renamed(weights: NetWeights, rename: Rename): NetWeights {
  return new Map(
    [...weights].flatMap(([name, value]) => {
      const other = rename(name);
      return other === undefined ? [] : [[other, value] as const];
    }),
  );
}

/** A front replaced: the first of `rules` that fits; undefined where none does. */
function byFront(rules: Readonly<Record<string, string>>): Rename {
  return (name) => {
    const rule = Object.entries(rules).find(([front]) => name.startsWith(front));
    return rule && rule[1] + name.slice(rule[0].length);
  };
}

/** mmengine's names of a post-pretrained Mug-STAN. */
export const mugStanNames = byFront({
  'stan.spatial.': 'backbone.STAN_S_layers.',
  'stan.temporal.': 'backbone.STAN_T_layers.',
  'stan.time_embed.': 'backbone.STAN_time_embed.',
  'visual_projection.': 'backbone.visual_projection.',
  'vision_model.encoder.layers.': 'backbone.layers.',
  'vision_model.embeddings.': 'backbone.',
  'vision_model.': 'backbone.',
  'text_model.': 'text_backbone.text_model.',
  'text_projection.': 'text_backbone.text_projection.',
});

/** A file as `torch.save` writes it, float32. */
export function writeTorch(path: string, weights: NetWeights, top = 'state_dict'): void {
  const storages: Record<string, Uint8Array> = {};
  const entries = [...weights].flatMap(([name, { shape, data }], index) => {
    const key = String(index);
    storages[key] = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const strides = shape.map((_, axis) =>
      shape.slice(axis + 1).reduce((product, side) => product * side, 1),
    );
    return [text(name), tensor({ key, elements: data.length, shape, strides })];
  });
  writeCheckpoint(path, top === '' ? dict(...entries) : dict(text(top), dict(...entries)), storages);
}

export async function writeTensors(path: string, weights: NetWeights, dtype: 'F32' | 'F16' = 'F32') {
  await writeSafetensors(
    path,
    [...weights].map(([name, { shape, data }]) => ({ name, ...fromFloat32(data, shape, dtype) })),
  );
}

/** A CLIP as Hugging Face has it: both towers, their configuration, a tokenizer. */
export async function writeClipFolder(dir: string, weights: NetWeights, arch: Architecture): Promise<void> {
  await mkdir(dir, { recursive: true });
  const isClip = byFront({
    'vision_model.': 'vision_model.',
    'text_model.': 'text_model.',
    'visual_projection.': 'visual_projection.',
    'text_projection.': 'text_projection.',
  });
  await writeTensors(join(dir, 'model.safetensors'), renamed(weights, isClip));
  await writeJson(join(dir, 'config.json'), {
    vision_config: { num_hidden_layers: arch.tower.layers, num_attention_heads: arch.tower.heads },
    text_config: { num_hidden_layers: arch.text.layers, num_attention_heads: arch.text.heads },
  });
  await writeJson(join(dir, 'tokenizer.json'), clipTokenizerJson(arch.text.vocabulary));
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, JSON.stringify(value));
}
