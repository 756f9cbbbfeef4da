import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { patchCount } from '#models/nets/clip.ts';
import { embedTokens, llamaDecoder } from '#models/nets/llama.ts';
import { clipLogitScale } from '#models/nets/mug.ts';
import { type Weights, WeightSet } from '#models/nets/weights.ts';
import { input, sizesOf, type Tensor } from '#models/graph/tensor.ts';
import type { Architecture, EncoderArchitecture, RetrievalArchitecture } from './architecture.ts';
import { assemblePackage } from './assemble.ts';
import type { ConversationTemplate } from './conversation-template.ts';
import { chatEncoder, retrievalEncoder, textEncoder } from './encoders.ts';
import {
  type PackageManifest,
  packageFiles,
  type RetrievalManifest,
  type VisionManifest,
} from './manifest.ts';
import { splitLlm } from './split-llm.ts';
import { tokenizerJson } from './tokenizer-json.ts';
import type { WordTokenizer } from './word-tokenizer.ts';
import { writeEncoder } from './write-encoder.ts';
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

/** Writes nets and weights in memory as a package folder; see `assemblePackage`. */
export function compilePackage(source: PackageSource, out: string): Promise<PackageManifest> {
  return assemblePackage(out, (dir) => writeFiles(source, dir));
}

async function writeFiles(source: PackageSource, dir: string): Promise<Omit<PackageManifest, 'files'>> {
  const { arch, weights } = source;
  const value = (name: string): Float32Array => {
    const found = weights.get(name);
    if (found === undefined) throw new RangeError(`the weights lack ${name}`);
    return found;
  };
  const encoders: [string, (weights: Weights, arch: Architecture) => Record<string, Tensor>][] = [
    [packageFiles.chatEncoder, chatEncoder],
    [packageFiles.retrievalEncoder, retrievalEncoder],
    [packageFiles.textEncoder, textEncoder],
  ];
  for (const [file, build] of encoders) {
    await writeEncoder(dir, file, build(new WeightSet().get, arch), async (name) => value(name));
  }
  await writeFile(join(dir, packageFiles.tokenizer), tokenizerJson(source.tokenizer));
  const vision = visionManifest(arch, { resize: source.resize });
  await writeLanguage(source, value, vision.tokens, dir);
  const language = { template: source.template, context: source.context, slots: source.slots };
  const { bos: start, eos: end, pad } = source.tokenizer;
  const retrieval = retrievalManifest(arch, { start, end, pad });
  return { format: 1, ...source.about, vision, language, retrieval };
}

/** The manifest's section on the encoders. */
export function visionManifest(
  { tower, stan, tokens, projector, frames, mean, std }: EncoderArchitecture,
  squares: Pick<VisionManifest, 'resize' | 'kernel'>,
): VisionManifest {
  return {
    imageSize: tower.imageSize,
    patchSize: tower.patchSize,
    frames,
    maxFrames: stan.maxFrames,
    ...(stan.adapter?.cutsFrames && { evenFrames: true }),
    mean: [...mean],
    std: [...std],
    ...squares,
    ...tokens,
    tokens: patchCount(tower) + (tokens.cls === 'none' ? 0 : 1),
    width: projector.width,
  };
}

/** The manifest's section on retrieval. */
export function retrievalManifest(
  { text, jointWidth }: RetrievalArchitecture,
  ids: Pick<RetrievalManifest, 'start' | 'end' | 'pad'>,
): RetrievalManifest {
  return { width: jointWidth, context: text.context, ...ids, logitScale: clipLogitScale };
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
    [...asked.tensors].map(([name, tensor]) => [name, { shape: sizesOf(tensor), data: value(name) }]),
  );
  const whole = join(dir, 'llm.gguf');
  await writeLlm(whole, { name: about.name, config: arch.llm, context, tokenizer, tensors });
  await splitLlm({ input: whole, outDir: dir, slots, tokensPerClip });
  await rm(whole);
}
