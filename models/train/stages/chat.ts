import { renderConversation, type Turn } from '#models/package/conversation-template.ts';
import type { WordTokenizer } from '#models/package/word-tokenizer.ts';
import { questionsFor } from '#models/world/questions.ts';
import { type Random, randomFrom } from '#models/world/random.ts';
import type { Scene } from '#models/world/scene.ts';
import { chatObjective } from '../objectives.ts';
import type { PictureStore } from '../picture-store.ts';
import type { DemoRun, Stage } from '../stage.ts';
import { adamW } from '../training-step.ts';

const batchSize = 64;
/** Places for the questions and answers after the picture: four turns, rarely cut. */
const restLength = 80;

/** The chatbot on pictures only: projector and LLM learn, CLIP stays as it is. */
export function chatStage(run: DemoRun, scenes: readonly Scene[], pictures: PictureStore): Stage {
  const { arch, tokenizer, seed } = run;
  const side = arch.tower.imageSize;
  const { prefix } = layOut([], run);
  return {
    name: 'chat',
    seed,
    steps: run.steps.chat,
    peakRate: 2e-3,
    warmup: 30,
    adamW,
    objective: chatObjective(arch, { pictures: batchSize, prefix, rest: restLength }),
    groups: [
      {
        name: 'gains',
        matches: (name) => isChat(name) && /bias$|norm\.weight$/.test(name),
        rate: 1,
        weightDecay: 0,
      },
      { name: 'matrices', matches: isChat, rate: 1, weightDecay: 0.02 },
    ],
    batch(step) {
      const random = randomFrom(`${seed}/chat/${step}`);
      const indices = Array.from({ length: batchSize }, () => random.int(0, pictures.length));
      const rows = indices
        .flatMap((index) => scenes[index] ?? [])
        .map((scene) => layOut(talkAbout(scene, random), run).rest);
      return {
        pixels: { data: pictures.gather(indices), shape: [batchSize, side, side, 3] },
        ...nextTokenFeeds(rows, tokenizer, arch.llm.vocabulary),
      };
    },
  };
}

function isChat(name: string): boolean {
  return /^(projector|blk|output|output_norm|token_embd)\./.test(name);
}

/** Four questions in random order; a picture's conversation, so that the model learns to follow one. */
function talkAbout(scene: Scene, random: Random): Turn[] {
  return random
    .shuffle(questionsFor(scene, random))
    .slice(0, 4)
    .map(({ question, answer }, index) => ({ question, answer, clips: index === 0 ? ['picture'] : [] }));
}

interface Token {
  readonly id: number;
  /** Whether the model has to say it. */
  readonly said: boolean;
}

/** The conversation's tokens before and after the picture, as the package's template lays them out. */
function layOut(
  turns: readonly Turn[],
  { template, tokenizer }: DemoRun,
): { prefix: number[]; rest: Token[] } {
  const shown = turns.length > 0 ? turns : [{ question: '', clips: ['picture'] }];
  const parts = renderConversation(template, shown);
  const picture = parts.findIndex(({ kind }) => kind === 'video');
  const tokens = (part: (typeof parts)[number]): Token[] => {
    if (part.kind === 'bos') return [{ id: tokenizer.bos, said: false }];
    if (part.kind === 'eos') return [{ id: tokenizer.eos, said: true }];
    if (part.kind === 'video') return [];
    if (part.kind === 'token') throw new RangeError(`the demo's words hold no control token ${part.name}`);
    return tokenizer.encode(part.text).map((id) => ({ id, said: part.kind === 'answer' }));
  };
  return {
    prefix: parts.slice(0, picture).flatMap((part) => tokens(part).map(({ id }) => id)),
    rest: parts.slice(picture).flatMap(tokens),
  };
}

/** `ids` [N, R]; `targets`, for each place the flat place of the next token among N*R*V; weights that sum to 1. */
function nextTokenFeeds(rows: readonly (readonly Token[])[], tokenizer: WordTokenizer, vocabulary: number) {
  const cells = rows.length * restLength;
  const ids = new BigInt64Array(cells).fill(BigInt(tokenizer.pad));
  const targets = BigInt64Array.from({ length: cells }, (_, cell) => BigInt(cell * vocabulary));
  const weights = new Float32Array(cells);
  let said = 0;
  rows.forEach((row, index) => {
    row.slice(0, restLength).forEach((token, i) => {
      const cell = index * restLength + i;
      ids[cell] = BigInt(token.id);
      if (!token.said || i === 0) return;
      targets[cell - 1] = BigInt((cell - 1) * vocabulary + token.id);
      weights[cell - 1] = 1;
      said += 1;
    });
  });
  for (let cell = 0; cell < cells; cell++) weights[cell] = (weights[cell] ?? 0) / said;
  return {
    ids: { data: ids, shape: [rows.length, restLength] },
    targets: { data: targets, shape: [cells] },
    targetWeights: { data: weights, shape: [cells, 1] },
  };
}
