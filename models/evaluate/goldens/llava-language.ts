import { existsSync } from 'node:fs';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getLlama, LlamaLogLevel, type LlamaContextSequence, type Token, TokenBias } from 'node-llama-cpp';
import { openGguf } from '#models/formats/gguf/read.ts';
import { ggmlF32 } from '#models/formats/gguf/types.ts';
import { packageFiles } from '#models/package/manifest.ts';
import { splitLlm } from '#models/package/split-llm.ts';
import { type Comparison, maxDifference } from './comparison.ts';

/** What llama.cpp's kernels differ by between processors, on logits of this size. */
const logitTolerance = 2e-2;
/** A token chosen by less than this may be another one on another processor; what follows it then means nothing. */
const clearMargin = 0.1;

/** The prompt the reference was made with: these ids, the picture, then those. */
const [before, after] = [
  [1, 260, 261],
  [262, 263, 264],
];
const contextSize = 512;

export function hasLanguageGoldens(dir: string): boolean {
  return ['llm.gguf', 'embd.f32', 'logits.f32', 'greedy.txt'].every((file) => existsSync(join(dir, file)));
}

/**
 * The LLM reads the reference's picture through the video vocabulary: the model is split, the picture's rows are written
 * into the file that llama.cpp has mapped, and what it says next is compared with llama.cpp's own embedding path.
 * Logits are compared as log-probabilities, which is all node-llama-cpp tells.
 */
export async function compareLanguage(dir: string): Promise<Comparison[]> {
  const folder = await mkdtemp(join(tmpdir(), 'goldens-'));
  const llama = await getLlama({ gpu: false, build: 'never', logLevel: LlamaLogLevel.fatal });
  try {
    const { width, rows } = await sizes(join(dir, 'llm.gguf'));
    const picture = await floats(join(dir, 'embd.f32'));
    const tokensPerClip = picture.length / width;
    await splitLlm({ input: join(dir, 'llm.gguf'), outDir: folder, slots: 1, tokensPerClip });
    const model = await llama.loadModel({ modelPath: join(folder, packageFiles.llmBody), useMmap: true });
    const context = await model.createContext({
      contextSize,
      sequences: 1,
      threads: 1,
      experimentalKvCacheKeyType: 'F32',
      experimentalKvCacheValueType: 'F32',
    });
    await writeRows(join(folder, packageFiles.llmBody), rows, picture);
    const video = Array.from({ length: tokensPerClip }, (_, row) => rows + row);
    const prompt = [...before, ...video, ...after].map(token);
    const bias = new TokenBias(model.tokenizer).set(video.map(token), 'never');
    const said = greedySteps(context.getSequence(), prompt, bias);
    return await compareSteps(said, await floats(join(dir, 'logits.f32')), await readGreedy(dir), rows);
  } finally {
    await llama.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Step {
  readonly token: number;
  readonly probabilities: ReadonlyMap<Token, number>;
}

async function* greedySteps(
  sequence: LlamaContextSequence,
  prompt: Token[],
  tokenBias: TokenBias,
): AsyncGenerator<Step> {
  await sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(0, -1));
  const steps = sequence.evaluateWithMetadata(
    prompt.slice(-1),
    { probabilities: true },
    { temperature: 0, tokenBias, yieldEogToken: true },
  );
  for await (const step of steps) yield step;
}

async function compareSteps(
  steps: AsyncIterable<Step>,
  logits: Float32Array,
  greedy: readonly { token: number; margin: number }[],
  rows: number,
): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  let index = 0;
  for await (const { token, probabilities } of steps) {
    if (index === 0) {
      const actual = Float32Array.from({ length: rows }, (_, id) => Math.log(probability(probabilities, id)));
      const difference = maxDifference(logSoftmax(actual), logSoftmax(logits));
      comparisons.push({ output: 'logits', difference, tolerance: logitTolerance });
    }
    const expected = greedy[index];
    if (expected === undefined) break;
    index += 1;
    if (token !== expected.token && expected.margin <= clearMargin) break;
    const difference = token === expected.token ? 0 : expected.margin;
    comparisons.push({ output: `greedy.${index}`, difference, tolerance: clearMargin });
    if (token !== expected.token || index === greedy.length) break;
  }
  return comparisons;
}

function probability(probabilities: ReadonlyMap<Token, number>, id: number): number {
  return probabilities.get(token(id)) ?? 0;
}

function logSoftmax(logits: Float32Array): Float32Array {
  const peak = logits.reduce((a, b) => Math.max(a, b));
  const sum = logits.reduce((total, value) => total + Math.exp(value - peak), 0);
  return logits.map((value) => value - peak - Math.log(sum));
}

async function sizes(path: string): Promise<{ rows: number; width: number }> {
  const llm = await openGguf(path);
  try {
    const [rows = 0, width = 0] = llm.tensor('token_embd.weight').shape;
    return { rows, width };
  } finally {
    await llm.close();
  }
}

/** Writes rows behind the first `rows` of the table, into the file as it lies: whoever has it mapped sees them. */
async function writeRows(body: string, rows: number, values: Float32Array): Promise<void> {
  const llm = await openGguf(body);
  const { path, type, offset, shape } = llm.tensor('token_embd.weight');
  await llm.close();
  if (type !== ggmlF32) throw new Error("the reference model's embeddings are not float32");
  const target = await open(path, 'r+');
  try {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    await target.write(bytes, 0, bytes.length, offset + rows * (shape[1] ?? 0) * 4);
  } finally {
    await target.close();
  }
}

/** `291(1.03) 261(0.15) ...`: tokens with their margins over the runner-up. */
async function readGreedy(dir: string): Promise<{ token: number; margin: number }[]> {
  const text = await readFile(join(dir, 'greedy.txt'), 'utf8');
  return [...text.matchAll(/(\d+)\(([\d.]+)\)/g)].map(([, id, margin]) => ({
    token: Number(id),
    margin: Number(margin),
  }));
}

async function floats(path: string): Promise<Float32Array> {
  return new Float32Array(new Uint8Array(await readFile(path)).buffer);
}

/** node-llama-cpp brands its token ids. */
function token(id: number): Token {
  if (!isToken(id)) throw new RangeError(`${id} is no token id`);
  return id;
}

function isToken(id: number): id is Token {
  return Number.isInteger(id) && id >= 0;
}
