import type { InferenceSession } from 'onnxruntime-node';
import { packageFiles, type VisionManifest } from '../../../models/package/manifest.ts';
import { AppError } from '../../errors.ts';

/** One input or output as it must be; null where the size is known at run time only. */
interface Expected {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | null)[];
}

/**
 * Compares a chat encoder's inputs and outputs with the manifest beside it, so that a package of mismatched parts is
 * refused at start and not at the first clip. Throws `package_invalid`, naming the tensor and both shapes.
 */
export function checkSignature(session: InferenceSession, vision: VisionManifest): void {
  const { imageSize, tokens, width } = vision;
  const inputs = [
    { name: 'pixels', type: 'float32', shape: [null, 3, imageSize, imageSize] },
    { name: 'positions', type: 'int64', shape: [null] },
  ];
  const outputs = ['video_tokens', 'plain_tokens'].map((name) => ({
    name,
    type: 'float32',
    shape: [tokens, width],
  }));
  for (const expected of inputs) checkValue(session.inputMetadata, expected);
  for (const expected of outputs) checkValue(session.outputMetadata, expected);
}

function checkValue(values: readonly InferenceSession.ValueMetadata[], expected: Expected): void {
  const value = values.find(({ name }) => name === expected.name);
  const found = value?.isTensor ? `${value.type}[${value.shape.join(', ')}]` : 'nothing';
  const fits = value?.isTensor && value.type === expected.type && sameShape(value.shape, expected.shape);
  if (fits) return;
  const wanted = `${expected.type}[${expected.shape.map((size) => size ?? 'T').join(', ')}]`;
  throw new AppError(
    'package_invalid',
    `${packageFiles.chatEncoder} has ${found} as ${expected.name}, the package's manifest wants ${wanted}.`,
  );
}

/** A size that has only a name in the graph is checked when it is run. */
function sameShape(found: readonly (number | string)[], expected: readonly (number | null)[]): boolean {
  if (found.length !== expected.length) return false;
  return expected.every((size, i) => size === null || typeof found[i] === 'string' || found[i] === size);
}
