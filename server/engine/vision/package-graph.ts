import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { SessionOptions } from '#models/graph/session.ts';
import { StagedSession } from '#models/graph/staged-session.ts';
import type { LoadedPackage, PackageFile } from '#models/package/load.ts';
import { AppError } from '#errors';

/** Expected type of an input or output; null where the size is known at run time only. */
interface Expected {
  readonly type: 'float32' | 'int64';
  readonly shape: readonly (number | null)[];
}

/** Inputs and outputs by name, as a package's manifest specifies them. A graph may have more. */
export interface Signature {
  readonly inputs: Readonly<Record<string, Expected>>;
  readonly outputs: Readonly<Record<string, Expected>>;
}

/** The inputs of every encoder of clips: pixels [T, 3, H, W] and positions 0 .. T-1. */
export function clipInputs(imageSize: number | null): Signature['inputs'] {
  return {
    pixels: { type: 'float32', shape: [null, 3, imageSize, imageSize] },
    positions: { type: 'int64', shape: [null] },
  };
}

/**
 * Opens a graph of a package on onnxruntime and compares its inputs and outputs with the manifest, so that a package of
 * mismatched parts is refused at start and not at the first clip.
 * Throws `package_invalid`, naming the tensor and both shapes.
 */
export async function openPackageGraph(
  modelPackage: Pick<LoadedPackage, 'path'>,
  file: PackageFile,
  { inputs, outputs }: Signature,
  options: Pick<SessionOptions, 'threads' | 'provider'> = {},
): Promise<StagedSession> {
  const session = await StagedSession.open(modelPackage.path(file), options).catch((cause: unknown) => {
    const message = `${file} of the model package cannot be loaded; make or fetch the package again.`;
    throw new AppError('package_invalid', message, { cause });
  });
  try {
    for (const [name, expected] of Object.entries(inputs)) checkValue(file, session.inputs, name, expected);
    for (const [name, expected] of Object.entries(outputs)) checkValue(file, session.outputs, name, expected);
    return session;
  } catch (error) {
    await session.release();
    throw error;
  }
}

/** The values of an output. Throws `package_invalid` where it is missing or not finite. */
export function finiteFloats(file: PackageFile, name: string, output: Tensor | undefined): Float32Array {
  if (!(output?.data instanceof Float32Array)) {
    throw new AppError('package_invalid', `${file} gave no ${name}; make or fetch the package again.`);
  }
  if (!output.data.every(Number.isFinite)) {
    throw new AppError('package_invalid', `${file} gave numbers that are not finite as ${name}.`);
  }
  return output.data;
}

function checkValue(
  file: PackageFile,
  values: readonly InferenceSession.ValueMetadata[],
  name: string,
  expected: Expected,
): void {
  const value = values.find((one) => one.name === name);
  const found = value?.isTensor ? `${value.type}[${value.shape.join(', ')}]` : 'nothing';
  const fits = value?.isTensor && value.type === expected.type && sameShape(value.shape, expected.shape);
  if (fits) return;
  const wanted = `${expected.type}[${expected.shape.map((size) => size ?? 'any').join(', ')}]`;
  throw new AppError(
    'package_invalid',
    `${file} has ${found} as ${name}, the package's manifest wants ${wanted}.`,
  );
}

/** A size that only has a name in the graph is checked when the graph is run. */
function sameShape(found: readonly (number | string)[], expected: readonly (number | null)[]): boolean {
  if (found.length !== expected.length) return false;
  return expected.every((size, i) => size === null || typeof found[i] === 'string' || found[i] === size);
}
