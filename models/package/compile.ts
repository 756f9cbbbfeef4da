import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { encodeOnnx } from '../formats/onnx/write.ts';
import type { Tensor } from '../graph/tensor.ts';
import { toOnnx } from '../graph/to-onnx.ts';
import { embedTokens, llamaDecoder } from '../nets/llama.ts';
import { type Weights, WeightSet } from '../nets/weights.ts';
import { input } from '../graph/tensor.ts';
import type { Architecture } from './architecture.ts';
import type { ConversationTemplate } from './conversation-template.ts';
import { chatEncoder, retrievalEncoder, textEncoder } from './encoders.ts';
import { type PackageManifest, packageFiles } from './manifest.ts';
import { PackageError } from './package-error.ts';
import { manifestFile } from './read-manifest.ts';
import { sealPackage } from './seal.ts';
import { splitLlm } from './split-llm.ts';
import { tokenizerJson } from './tokenizer-json.ts';
import type { WordTokenizer } from './word-tokenizer.ts';
import { writeLlm } from './write-llm.ts';

export interface PackageSource {
  readonly about: Pick<PackageManifest, 'name' | 'version' | 'licence' | 'about' | 'sources'>;
  readonly arch: Architecture;
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly tokenizer: WordTokenizer;
  readonly template: ConversationTemplate;
  readonly resize: PackageManifest['vision']['resize'];
  /** KV cache length in tokens, and clips in the vocabulary at once. */
  readonly context: number;
  readonly slots: number;
}

/**
 * Writes nets and weights as a package folder, all or nothing: it is made beside `out` and renamed. A package that is
 * there is replaced. Throws `PackageError` where `out` is anything else, for that is somebody's work.
 */
export async function compilePackage(source: PackageSource, out: string): Promise<PackageManifest> {
  const folder = resolve(out);
  const replaces = await holdsPackage(folder);
  const made = `${folder}.part-${randomUUID()}`;
  await mkdir(made, { recursive: true });
  try {
    const manifest = await writeFiles(source, made);
    const old = `${made}-old`;
    if (replaces) await rename(folder, old);
    await rename(made, folder);
    await rm(old, { recursive: true, force: true });
    return manifest;
  } catch (error) {
    await rm(made, { recursive: true, force: true });
    throw error;
  }
}

async function holdsPackage(folder: string): Promise<boolean> {
  const found = await stat(folder).catch(() => undefined);
  if (found === undefined) return false;
  const names = found.isDirectory() ? await readdir(folder) : undefined;
  if (names?.includes(manifestFile)) return true;
  if (names?.length === 0) return false;
  throw new PackageError('invalid', `${folder} is there and is no model package; name a new folder.`);
}

async function writeFiles(source: PackageSource, dir: string): Promise<PackageManifest> {
  const { arch, weights } = source;
  const value = (name: string): Float32Array => {
    const found = weights.get(name);
    if (found === undefined) throw new Error(`the weights lack ${name}`);
    return found;
  };
  const encoders: [string, (weights: Weights, arch: Architecture) => Record<string, Tensor>][] = [
    [packageFiles.chatEncoder, chatEncoder],
    [packageFiles.retrievalEncoder, retrievalEncoder],
    [packageFiles.textEncoder, textEncoder],
  ];
  for (const [file, build] of encoders) {
    const model = toOnnx(file, build(new WeightSet().get, arch), value);
    await writeFile(join(dir, file), encodeOnnx(model));
  }
  await writeFile(join(dir, packageFiles.tokenizer), tokenizerJson(source.tokenizer));
  const tokens = (arch.tower.imageSize / arch.tower.patchSize) ** 2 + (arch.tokens.cls === 'none' ? 0 : 1);
  await writeLanguage(source, value, tokens, dir);
  const { tower, stan, projector, frames, mean, std } = arch;
  return sealPackage(dir, {
    format: 1,
    ...source.about,
    vision: {
      imageSize: tower.imageSize,
      patchSize: tower.patchSize,
      frames,
      maxFrames: stan.maxFrames,
      mean: [...mean],
      std: [...std],
      resize: source.resize,
      ...arch.tokens,
      tokens,
      width: projector.width,
    },
    language: { template: source.template, context: source.context, slots: source.slots },
  });
}

async function writeLanguage(
  { arch, tokenizer, about, context, slots }: PackageSource,
  value: (name: string) => Float32Array,
  tokensPerClip: number,
  dir: string,
): Promise<void> {
  const asked = new WeightSet();
  llamaDecoder(asked.get, embedTokens(asked.get, input('ids', [1, 1], 'int64'), arch.llm), arch.llm);
  const tensors = new Map(
    [...asked.tensors].map(([name, { shape }]) => [name, { shape: shape.map(Number), data: value(name) }]),
  );
  const whole = join(dir, 'llm.gguf');
  await writeLlm(whole, { name: about.name, config: arch.llm, context, tokenizer, tensors });
  await splitLlm({ input: whole, outDir: dir, slots, tokensPerClip });
  await rm(whole);
}
