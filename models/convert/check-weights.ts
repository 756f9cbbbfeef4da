import { WeightSet } from '#models/nets/weights.ts';
import { chatEncoder, retrievalEncoder, textEncoder } from '#models/package/encoders.ts';
import type { Plan } from './plan.ts';
import { checkShape, type WeightSource } from './weight-source.ts';

/**
 * Looks for every weight that a package's encoders will read, by its header. Throws `FormatError`, naming the first that is
 * not there, of another shape or of a type that is not read.
 */
export function checkWeights({ chat, retrieval }: Plan): void {
  check(chat.weights, (set) => chatEncoder(set.get, chat.arch));
  if (retrieval === undefined) return;
  check(retrieval.weights, (set) => {
    retrievalEncoder(set.get, retrieval.arch);
    textEncoder(set.get, retrieval.arch);
  });
}

function check(weights: WeightSource, ask: (set: WeightSet) => void): void {
  const asked = new WeightSet();
  ask(asked);
  for (const [name, { shape }] of asked.tensors) checkShape(weights, name, shape.map(Number));
}
