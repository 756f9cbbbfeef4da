import { findStats } from '#core/find-stats.ts';
import { openSafetensors } from '#models/formats/safetensors/read.ts';
import { writeSafetensors } from '#models/formats/safetensors/write.ts';
import { toFloat32 } from '#models/formats/tensor-data.ts';
import type { OptimiserState, WeightMap } from './training-state.ts';

const weightPrefix = 'weights.';
const optimiserPrefix = 'optimiser.';

/** Everything a stage needs to go on or be used: weights by name, and the optimiser's vectors while it is unfinished. */
export interface Checkpoint {
  readonly weights: WeightMap;
  readonly state: OptimiserState;
  readonly finished: boolean;
}

export async function saveCheckpoint(file: string, { weights, state, finished }: Checkpoint): Promise<void> {
  const vectors = finished ? [] : Object.entries(state.vectors);
  const named = [
    ...[...weights].map(([name, data]) => [`${weightPrefix}${name}`, data] as const),
    ...vectors.map(([name, data]) => [`${optimiserPrefix}${name}`, data] as const),
  ];
  await writeSafetensors(
    file,
    named.map(([name, data]) => ({
      name,
      dtype: 'F32' as const,
      shape: [data.length],
      data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    })),
    { step: String(state.step), finished: String(finished) },
  );
}

/** The checkpoint in `file`, or undefined where there is none yet. */
export async function loadCheckpoint(file: string): Promise<Checkpoint | undefined> {
  const found = await findStats(file);
  if (found === undefined) return undefined;
  const stored = await openSafetensors(file);
  try {
    const weights = new Map<string, Float32Array>();
    const vectors: Record<string, Float32Array> = {};
    for (const name of stored.names) {
      const values = toFloat32(await stored.read(name));
      if (name.startsWith(weightPrefix)) weights.set(name.slice(weightPrefix.length), values);
      if (name.startsWith(optimiserPrefix)) vectors[name.slice(optimiserPrefix.length)] = values;
    }
    const state = { step: Number(stored.metadata.get('step') ?? 0), vectors };
    return { weights, state, finished: stored.metadata.get('finished') === 'true' };
  } finally {
    await stored.close();
  }
}
