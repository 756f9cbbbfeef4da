import { basename } from 'node:path';
import { assemblePackage } from '#models/package/assemble.ts';
import { retrievalManifest, visionManifest } from '#models/package/compile.ts';
import type { ConversationTemplate } from '#models/package/conversation-template.ts';
import type { PackageManifest } from '#models/package/manifest.ts';
import { PackageError } from '#models/package/package-error.ts';
import { readTemplate } from '#models/package/read-template.ts';
import type { Precision } from '#models/package/write-encoder.ts';
import type { ProgressReport } from '#models/progress.ts';
import { openBranch } from './branch.ts';
import { checkLanguage } from './check-language.ts';
import { checkWeights } from './check-weights.ts';
import { openClip } from './clip.ts';
import { type Llava, openLlavaFolder } from './llava.ts';
import { openGgufLlava } from './mmproj.ts';
import { isFolder } from './open-tensor-file.ts';
import { type Plan, planPackage } from './plan.ts';
import type { Tried } from './try-encoder.ts';
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
  /** Frames of a clip unless the user asks for others; as many as the authors of the branch take where left out. */
  readonly frames?: number | undefined;
  /** Most tokens of a conversation; the LLM's own limit if that is lower. */
  readonly context: number;
  /** Name of a conversation template, where the files suggest the wrong one. */
  readonly template?: string | undefined;
  readonly resize?: PackageManifest['vision']['resize'] | undefined;
  readonly fusion?: PackageManifest['vision']['fusion'] | undefined;
  /** Makes the report of a step, which is told bytes. */
  readonly progress: (step: string) => ProgressReport;
}

export interface Imported extends Partial<Tried> {
  readonly manifest: PackageManifest;
  readonly remarks: readonly string[];
}

/**
 * Makes a model package of public weights, all or nothing, one tensor in memory at a time. Throws `FormatError` for a
 * file that is not what it should be, `PackageError` for files that do not fit together, both before anything is written
 * where headers tell.
 */
export async function importPackage(request: ImportRequest): Promise<Imported> {
  return withSources(request, async ({ llava, plan, template, context }) => {
    const vision = visionManifest(plan.chat.arch, plan.chat.squares);
    let tried: Tried | undefined;
    const manifest = await assemblePackage(request.out, async (dir) => {
      const { slots, precision, progress } = request;
      await writeLanguage(llava, { slots, precision, progress, tokensPerClip: vision.tokens }, dir);
      tried = await writeEncoders(plan, vision, precision, progress, dir);
      const language = { template, context, slots };
      return { ...describe(request), vision, language, ...describeTexts(plan) };
    });
    return { manifest, remarks: plan.remarks, ...tried };
  });
}

/** Looks at the headers of the sources alone, as `importPackage` does first. Throws what it throws for them. */
export async function checkSources(request: ImportRequest): Promise<void> {
  await withSources(request, async () => {});
}

interface OpenedSources {
  readonly llava: Llava;
  readonly plan: Plan;
  readonly template: ConversationTemplate;
  /** Most tokens of a conversation. */
  readonly context: number;
}

async function withSources<T>(
  request: ImportRequest,
  use: (sources: OpenedSources) => Promise<T>,
): Promise<T> {
  const opened: { close(): Promise<void> }[] = [];
  const keep = <R extends { close(): Promise<void> }>(resource: R): R => {
    opened.push(resource);
    return resource;
  };
  try {
    const llava = keep(await openLlava(request));
    const branch = keep(await openBranch(request.stan));
    const clip = request.clip === undefined ? undefined : keep(await openClip(request.clip));
    const plan = planPackage(llava, branch, clip, request);
    checkWeights(plan);
    const template = await readTemplate(request.template ?? llava.template);
    const { tokens, width } = visionManifest(plan.chat.arch, plan.chat.squares);
    const limit = await checkLanguage(llava, {
      slots: request.slots,
      tokensPerClip: tokens,
      projectorWidth: width,
      template,
    });
    return await use({ llava, plan, template, context: Math.min(request.context, limit) });
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
  const { arch, tokenizer, frames, squares, matching, maxTextLength } = retrieval;
  const { imageSize, patchSize } = arch.tower;
  const { start, end, pad } = tokenizer;
  return {
    retrieval: {
      ...retrievalManifest(arch, { start, end, pad }),
      ...(maxTextLength < arch.text.context && { maxTextLength }),
      matching,
      vision: { imageSize, patchSize, frames, evenFrames: false, ...squares },
    },
  };
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
