import { WeightSet } from '#models/nets/weights.ts';
import type { Architecture } from '#models/package/architecture.ts';
import { chatEncoder, retrievalEncoder, textEncoder } from '#models/package/encoders.ts';
import { randomFrom } from '#models/world/random.ts';
import type { NetWeights } from '../public-weights/net-weights.ts';

/** About what trained matrices of these sizes have. */
const deviation = 0.02;

/** Weights of the towers, the branch and the projector: views of one buffer, for a real CLIP would not fit in memory twice. */
export function randomEncoderWeights(arch: Architecture): NetWeights {
  const asked = new WeightSet();
  chatEncoder(asked.get, arch);
  retrievalEncoder(asked.get, arch);
  textEncoder(asked.get, arch);
  const sizes = [...asked.tensors].map(([name, tensor]) => ({ name, shape: tensor.shape.map(Number) }));
  const largest = Math.max(...sizes.map(({ shape }) => volume(shape)));
  const random = randomFrom('real size');
  // a uniform draw of this width has the wanted deviation
  const width = deviation * Math.sqrt(12);
  const values = Float32Array.from({ length: 2 * largest }, () => (random.uniform() - 0.5) * width);
  return new Map(
    sizes.map(({ name, shape }) => {
      const size = volume(shape);
      if (/norm\d?\.weight$|layrnorm\.weight$/.test(name))
        return [name, { shape, data: new Float32Array(size).fill(1) }];
      const start = random.int(0, values.length - size);
      return [name, { shape, data: values.subarray(start, start + size) }];
    }),
  );
}

function volume(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}
