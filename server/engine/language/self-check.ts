import type { LlamaContext, Token } from 'node-llama-cpp';
import { AppError } from '#errors';
import type { VideoTokens } from '../types.ts';
import type { EmbeddingTable } from './embedding-table.ts';

type WrittenRows = Pick<EmbeddingTable, 'id' | 'write' | 'width'>;

/**
 * Writes two different tokens into the same row and compares the logits. Equal logits mean that the file is not mapped, or
 * that the mapping does not see writes: the LLM would answer without having seen the clip. Resets the row to zeros.
 * Throws `package_invalid`.
 */
export async function checkEmbeddingTable(context: LlamaContext, rows: WrittenRows): Promise<void> {
  const first = await logitsAfter(context, rows, testToken(rows, 1));
  const second = await logitsAfter(context, rows, testToken(rows, -1));
  await rows.write([0], testToken(rows, 0));
  const seen = [...first].some(([token, logit]) => logit !== second.get(token));
  if (seen) return;
  const message = 'The LLM does not see the video rows written for it; DATA_DIR must be on a local disk.';
  throw new AppError('package_invalid', message);
}

/** Values vary along a row, so that no normalisation maps rows of different scale to the same values. */
function testToken({ width }: WrittenRows, scale: number): VideoTokens {
  return { data: Float32Array.from({ length: width }, (_, i) => scale * Math.cos(i)), count: 1, width };
}

async function logitsAfter(
  context: LlamaContext,
  rows: WrittenRows,
  token: VideoTokens,
): Promise<ReadonlyMap<Token, number>> {
  await rows.write([0], token);
  const sequence = context.getSequence();
  try {
    const [result] = await sequence.controlledEvaluate([[rows.id(0), { generateNext: { logits: true } }]]);
    return result?.next.logits ?? new Map();
  } finally {
    await sequence.dispose();
  }
}
