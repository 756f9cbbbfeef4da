import { copyFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { openGguf } from '../formats/gguf/read.ts';
import { WeightSet } from '../nets/weights.ts';
import { assemblePackage } from '../package/assemble.ts';
import { visionManifest } from '../package/compile.ts';
import { chatEncoder, retrievalEncoder, textEncoder } from '../package/encoders.ts';
import { type PackageManifest, packageFiles } from '../package/manifest.ts';
import { PackageError } from '../package/package-error.ts';
import { readTemplate } from '../package/read-template.ts';
import { splitLlm } from '../package/split-llm.ts';
import { type Precision, writeEncoder } from '../package/write-encoder.ts';
import type { ProgressReport } from '../progress.ts';
import { openBranch } from './branch.ts';
import { openClip } from './clip.ts';
import { type Llava, openGgufLlava, openLlavaFolder } from './llava.ts';
import { writeLlamaGguf } from './llama/write-llama-gguf.ts';
import { isFolder } from './open-tensor-file.ts';
import { type Plan, planPackage, type RetrievalPlan } from './plan.ts';
import { tryEncoder } from './try-encoder.ts';
import { readWeight } from './weight-source.ts';

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

/**
 * Makes a model package of public weights, all or nothing, one tensor in memory at a time. Throws `FormatError` for a
 * file that is not what it should be, `PackageError` for files that do not fit together.
 */
export async function importPackage(request: ImportRequest): Promise<PackageManifest> {
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
    return await assemblePackage(request.out, (dir) => writeFiles(request, llava, plan, dir));
  } finally {
    await Promise.all(opened.map((resource) => resource.close()));
  }
}

async function openLlava({ llava, mmproj }: ImportRequest): Promise<Llava> {
  if (await isFolder(llava)) return openLlavaFolder(llava);
  if (mmproj !== undefined) return openGgufLlava(llava, mmproj);
  throw new PackageError('missing', `${llava} is an LLM alone; name its projector's file with --mmproj.`);
}

async function writeFiles(
  request: ImportRequest,
  llava: Llava,
  plan: Plan,
  dir: string,
): Promise<Omit<PackageManifest, 'files'>> {
  const { precision, slots, progress } = request;
  const template = await readTemplate(request.template ?? llava.template);
  const vision = visionManifest(plan.chat.arch, plan.resize);

  const context = await writeLanguage(request, llava, vision.tokens, vision.width, dir);
  const chat = chatEncoder(new WeightSet().get, plan.chat.arch);
  const readChat = readWeight(plan.chat.weights);
  await writeEncoder(dir, packageFiles.chatEncoder, chat, readChat, precision, progress('chat encoder'));
  if (plan.retrieval !== undefined) await writeRetrieval(plan.retrieval, precision, progress, dir);
  await tryEncoder(dir, vision, precision, (reference) =>
    writeEncoder(
      reference,
      packageFiles.chatEncoder,
      chat,
      readChat,
      'f32',
      progress('comparing int8 with f32'),
    ),
  );
  const sources = [request.llava, request.mmproj, request.clip, request.stan].flatMap((path) => path ?? []);
  return {
    format: 1,
    name: request.name,
    version: '1',
    licence: 'as its sources',
    about:
      'A LLaVA with a STAN branch plugged into its vision tower; it answers about clips without having been tuned on any.',
    sources: sources.map((path) => basename(path)),
    vision,
    language: { template, context, slots },
  };
}

async function writeRetrieval(
  { arch, weights, tokenizer }: RetrievalPlan,
  precision: Precision,
  progress: ImportRequest['progress'],
  dir: string,
): Promise<void> {
  const encoders = {
    [packageFiles.retrievalEncoder]: retrievalEncoder(new WeightSet().get, arch),
    [packageFiles.textEncoder]: textEncoder(new WeightSet().get, arch),
  };
  for (const [file, outputs] of Object.entries(encoders)) {
    await writeEncoder(
      dir,
      file,
      outputs,
      readWeight(weights),
      precision,
      progress(file.replace('.onnx', '').replace('-', ' ')),
    );
  }
  await copyFile(tokenizer, join(dir, packageFiles.tokenizer));
}

/** Writes the LLM's two files; returns the context length. Throws `PackageError` where projector and LLM do not fit. */
async function writeLanguage(
  { slots, context, precision, progress }: ImportRequest,
  { llm }: Llava,
  tokensPerClip: number,
  projectorWidth: number,
  dir: string,
): Promise<number> {
  const converted = join(dir, 'llm.gguf');
  const input = llm.kind === 'gguf' ? llm.path : converted;
  if (llm.kind === 'folder') {
    const matrices = precision === 'int8' ? 'q8_0' : 'f16';
    await writeLlamaGguf(llm.path, converted, matrices, progress('language model to GGUF'));
  }
  const file = await openGguf(input);
  try {
    const [, width] = file.tensor('token_embd.weight').shape;
    if (width !== projectorWidth) {
      const problem = `its embeddings are ${width} wide, the projector's output ${projectorWidth}`;
      throw new PackageError('invalid', `${input}: ${problem}; the two files are of different models.`);
    }
    const onProgress = progress('language model');
    await splitLlm({ input, outDir: dir, slots, tokensPerClip, onProgress });
    return Math.min(context, file.number(`${file.string('general.architecture')}.context_length`));
  } finally {
    await file.close();
    if (llm.kind === 'folder') await rm(converted, { force: true });
  }
}
