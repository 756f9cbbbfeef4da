import { at } from '#core/at.ts';
import { patchCount } from '#models/nets/clip.ts';
import { renderConversation } from '#models/package/conversation-template.ts';
import { drawConversation, type DrawnTurn } from '#models/world/dialogue/conversation.ts';
import { randomFrom } from '#models/world/random.ts';
import { chatObjective } from '../chat-objective.ts';
import type { DemoRun, Stage } from '../stage.ts';
import type { TowerCache } from '../tower-cache.ts';
import { adamW } from '../training-step.ts';
import type { SceneAt } from './clip.ts';

/** Conversations of one step, each about a picture of its own. */
const rows = 40;
/** Tokens of a conversation; what does not fit is cut off. */
const length = 144;
/** Tokens of one step's answers; more than nearly all steps have. */
const answers = 1280;

/** The chatbot on pictures alone: projector and LLM learn, CLIP stays as it is. */
export function chatStage(run: DemoRun, sceneAt: SceneAt, pictures: TowerCache, count: number): Stage {
  const { arch, seed } = run;
  const { tower } = arch;
  return {
    name: 'chat',
    seed,
    steps: run.steps.chat,
    peakRate: 1.5e-3,
    warmup: 60,
    adamW,
    objective: chatObjective(arch, { pictures: rows, rows, length, answers }),
    groups: [
      {
        name: 'gains',
        matches: (name) => isChat(name) && /bias$|norm\.weight$/.test(name),
        rate: 1,
        weightDecay: 0,
      },
      { name: 'matrices', matches: isChat, rate: 1, weightDecay: 0.02 },
    ],
    async batch(step) {
      const random = randomFrom(`${seed}/chat/${step}`);
      const indices = Array.from({ length: rows }, () => random.int(0, count));
      const scenes = indices.map(sceneAt);
      const conversations = scenes.map((scene, row) => {
        // a second clip is the picture of the next row
        const next = (row + 1) % rows;
        const { turns } = drawConversation([scene, scenes[next] ?? scene], random);
        return conversationTokens(turns, [row, next], run);
      });
      const states = at(await pictures.gather(indices), 0);
      return {
        'picture.states': { data: states, shape: [rows, patchCount(tower) + 1, tower.width] },
        ...nextTokenFeeds(conversations, run),
      };
    },
  };
}

function isChat(name: string): boolean {
  return /^(projector|blk|output|output_norm|token_embd)\./.test(name);
}

interface RowToken {
  readonly id: number;
  /** Whether the model has to generate it. */
  readonly isAnswer: boolean;
}

/** A conversation as the package's template lays it out; `pictures` are those its scenes 0 and 1 show. */
export function conversationTokens(
  turns: readonly DrawnTurn[],
  pictures: readonly [number, number],
  { template, tokenizer, arch }: Pick<DemoRun, 'template' | 'tokenizer' | 'arch'>,
): RowToken[] {
  const each = patchCount(arch.tower) + (arch.tokens.cls === 'none' ? 0 : 1);
  const named = turns.map(({ question, answer, scenes }) => ({
    question,
    answer,
    clips: scenes.map((scene) => `${pictures[scene === 0 ? 0 : 1]}`),
  }));
  const tokensOf = (part: ReturnType<typeof renderConversation>[number]): RowToken[] => {
    switch (part.kind) {
      case 'bos':
        return [{ id: tokenizer.bos, isAnswer: false }];
      case 'eos':
        return [{ id: tokenizer.eos, isAnswer: true }];
      case 'video': {
        const first = arch.llm.vocabulary + Number(part.clip) * each;
        return Array.from({ length: each }, (_, token) => ({ id: first + token, isAnswer: false }));
      }
      case 'token':
        throw new RangeError(`the demo's words hold no control token ${part.name}`);
      case 'text':
      case 'answer':
        return tokenizer.encode(part.text).map((id) => ({ id, isAnswer: part.kind === 'answer' }));
    }
  };
  return renderConversation(template, named).flatMap(tokensOf);
}

/**
 * `ids` [N, R]; of up to `answers` tokens that the model has to generate, the positions before them among N*R, the flat
 * index of each among `answers` x V, and weights that sum to 1. Answers beyond are left out.
 */
function nextTokenFeeds(conversations: readonly (readonly RowToken[])[], { tokenizer, arch }: DemoRun) {
  const { vocabulary } = arch.llm;
  const cells = conversations.length * length;
  const ids = new BigInt64Array(cells).fill(BigInt(tokenizer.pad));
  const positions = new BigInt64Array(answers);
  const targets = BigInt64Array.from({ length: answers }, (_, answer) => BigInt(answer * vocabulary));
  const weights = new Float32Array(answers);
  let count = 0;
  conversations.forEach((tokens, row) => {
    tokens.slice(0, length).forEach(({ id, isAnswer }, i) => {
      const cell = row * length + i;
      ids[cell] = BigInt(id);
      if (!isAnswer || i === 0 || count === answers) return;
      positions[count] = BigInt(cell - 1);
      targets[count] = BigInt(count * vocabulary + id);
      weights[count] = 1;
      count += 1;
    });
  });
  return {
    ids: { data: ids, shape: [conversations.length, length] },
    answerPositions: { data: positions, shape: [answers] },
    targets: { data: targets, shape: [answers] },
    targetWeights: { data: weights.map((weight) => weight / count), shape: [answers, 1] },
  };
}
