import { basename } from 'node:path';
import { assemblePackage } from '#models/package/assemble.ts';
import { retrievalManifest, visionManifest } from '#models/package/compile.ts';
import type { PackageManifest } from '#models/package/manifest.ts';
import { PackageError } from '#models/package/package-error.ts';
import { readTemplate } from '#models/package/read-template.ts';
import type { Precision } from '#models/package/write-encoder.ts';
import type { ProgressReport } from '#models/progress.ts';
import { openBranch } from './branch.ts';
import { openClip } from './clip.ts';
import { type Llava, openGgufLlava, openLlavaFolder } from './llava.ts';
import { isFolder } from './open-tensor-file.ts';
import { type Plan, planPackage } from './plan.ts';
import { writeEncoders } from './write-encoders.ts';
import { writeLanguage } from './write-language.ts';

export interface ImportRequest {
  /** The image chatbot: a GGUF file of its LLM (then `mmproj` is needed) or a Hugging Face folder. */
  readonly llava: string;
  readonly mmproj?: string | undefined;
  /** CLIP as a folder or a safetensors file: the tower where the LLaVA has none, and the tokenizer for retrieval. */
  readonly clip?: string | undefined;
  /** The post-pretrained branch: a Mug-STAN or BT-Adapter checkpoint. */
  readonly stan: string;
  readonly out: string;
  readonly name: string;
  readonly precision: Precision;
  /** Clips that can be in the vocabulary at once. */
  readonly slots: number;
  /** Frames of a clip unless the user asks for others. */
  readonly frames: number;
  /** Most tokens of a conversation; the LLM's own limit if that is lower. */
  readonly context: number;
  /** Name of a conversation template, where the files suggest the wrong one. */
  readonly template?: string | undefined;
  readonly resize?: PackageManifest['vision']['resize'] | undefined;
  /** Makes the report of a step, which is told bytes. */
  readonly progress: (step: string) => ProgressReport;
}

export interface Imported {
  readonly manifest: PackageManifest;
  /** Mean cosine between the int8 encoder's tokens and the exact one's; undefined for f32. */
  readonly cosine: number | undefined;
}

/**
 * Makes a model package of public weights, all or nothing, one tensor in memory at a time. Throws `FormatError` for a
 * file that is not what it should be, `PackageError` for files that do not fit together.
 */
export async function importPackage(request: ImportRequest): Promise<Imported> {
  const opened: { close(): Promise<void> }[] = [];
  const keep = <T extends { close(): Promise<void> }>(resource: T): T => {
    opened.push(resource);
    return resource;
  };
  try {
    const llava = keep(await openLlava(request));
    const branch = keep(await openBranch(request.stan));
    const clip = request.clip === undefined ? undefined : keep(await openClip(request.clip));
    const plan = planPackage(llava, branch, clip, request);
    const template = await readTemplate(request.template ?? llava.template);
    const vision = visionManifest(plan.chat.arch, plan.resize);
    let cosine: number | undefined;
    const manifest = await assemblePackage(request.out, async (dir) => {
      const { slots, precision, progress } = request;
      const sizes = { tokensPerClip: vision.tokens, projectorWidth: vision.width };
      const context = await writeLanguage(llava, { ...request, ...sizes }, dir);
      cosine = await writeEncoders(plan, vision, precision, progress, dir);
      const language = { template, context, slots };
      return { ...describe(request), vision, language, ...describeTexts(plan) };
    });
    return { manifest, cosine };
  } finally {
    await Promise.all(opened.map((resource) => resource.close()));
  }
}

async function openLlava({ llava, mmproj }: ImportRequest): Promise<Llava> {
  if (await isFolder(llava)) return openLlavaFolder(llava);
  if (mmproj !== undefined) return openGgufLlava(llava, mmproj);
  throw new PackageError('missing', `${llava} is an LLM alone; name its projector's file with --mmproj.`);
}

function describeTexts({ retrieval }: Plan): Pick<PackageManifest, 'retrieval'> {
  if (retrieval === undefined) return {};
  const { start, end, pad } = retrieval.tokenizer;
  return { retrieval: retrievalManifest(retrieval.arch, { start, end, pad }) };
}

function describe({ name, ...request }: ImportRequest) {
  const sources = [request.llava, request.mmproj, request.clip, request.stan].flatMap((path) => path ?? []);
  return {
    format: 1,
    name,
    version: '1',
    licence: 'as its sources',
    about:
      'A LLaVA with a STAN branch plugged into its vision tower; it answers about clips without having been tuned on any.',
    sources: sources.map((path) => basename(path)),
  } as const;
}
