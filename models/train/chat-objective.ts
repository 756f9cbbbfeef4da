import { lookup } from '#models/graph/ops/lookup.ts';
import { mul, neg } from '#models/graph/ops/elementwise.ts';
import { concat, reshape } from '#models/graph/ops/movement.ts';
import { logSoftmax } from '#models/graph/ops/reduce.ts';
import { input, integers, sizeOf } from '#models/graph/tensor.ts';
import { patchCount } from '#models/nets/clip.ts';
import { llamaStates, nextTokenLogits } from '#models/nets/llama.ts';
import { project } from '#models/nets/projector.ts';
import { plainTokens } from '#models/nets/video-tokens.ts';
import type { Weights } from '#models/nets/weights.ts';
import type { Architecture } from '#models/package/architecture.ts';
import { total } from './losses.ts';
import type { Objective } from './trainer.ts';

export interface ChatBatchShape {
  readonly pictures: number;
  readonly rows: number;
  /** Tokens of a row, those of its pictures included. */
  readonly length: number;
  /** Positions of all rows together whose next token is learned. */
  readonly answers: number;
}

/**
 * LLaVA: next-token loss on the answers of conversations. The pictures' projected tokens are appended to the token table, so
 * that an id from `vocabulary + picture * tokens` on is a picture's token, anywhere in a row: as in the packaged LLM.
 * The tower is frozen: `picture.states` [N, L+1, D] is what its last layer gave. The projector and the LLM learn.
 */
export function chatObjective(
  arch: Architecture,
  { pictures, rows, length, answers }: ChatBatchShape,
): (weights: Weights) => Objective {
  const { tower, llm } = arch;
  return (weights) => {
    const last = input('picture.states', [pictures, patchCount(tower) + 1, tower.width]);
    const layers = Array.from({ length: tower.layers + 1 }, () => last);
    const seen = { tower: layers, clips: pictures, positions: integers([0]) };
    const projected = project(weights, plainTokens(weights, seen, tower, arch.tokens), arch.projector);
    const videoRows = reshape(projected, [pictures * sizeOf(projected, 1), llm.width]);
    const table = concat([weights('token_embd.weight', [llm.vocabulary, llm.width]), videoRows], 0);
    const sequence = lookup(table, input('ids', [rows, length], 'int64'));
    const states = reshape(llamaStates(weights, sequence, llm), [rows * length, llm.width]);
    // the answers' positions alone: a fifth of all, and logits are what costs most
    const asked = lookup(states, input('answerPositions', [answers], 'int64'));
    const logProbabilities = logSoftmax(nextTokenLogits(weights, asked, llm), 1);
    // for each of them the flat index of the token that comes next
    const chosen = lookup(
      reshape(logProbabilities, [answers * llm.vocabulary, 1]),
      input('targets', [answers], 'int64'),
    );
    return { loss: neg(total(mul(chosen, input('targetWeights', [answers, 1])))), metrics: {} };
  };
}
