import { Tensor } from 'onnxruntime-node';
import { at } from '#core/at.ts';
import type { StagedSession } from '#models/graph/staged-session.ts';
import type { LoadedPackage, PackageFile } from '#models/package/load.ts';
import { AppError } from '#errors';
import { TaskGroup } from '#core/task-group.ts';
import type { QueueOptions, WorkQueue } from '#core/work-queue.ts';
import { finiteFloats, openPackageGraph, type Signature } from './package-graph.ts';
import type { PixelTensor } from '../types.ts';

export interface EncoderSessionOptions {
  /** Encoders that share one run one at a time: each run uses all the threads. */
  readonly queue: WorkQueue;
  /** Threads of one run; all cores where left out. */
  readonly threads?: number | undefined;
  /** onnxruntime's execution provider; the CPU where left out. */
  readonly provider?: string | undefined;
}

export type RunOptions = Partial<QueueOptions>;

/** An output: float32, all values finite. */
export interface EncoderOutput {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** A graph of a package that takes clips, on onnxruntime: queued runs, checked outputs, orderly shutdown. */
export class EncoderSession {
  readonly queue: WorkQueue;
  readonly #session: StagedSession;
  readonly #file: PackageFile;
  readonly #tasks = new TaskGroup();
  #disposed: Promise<void> | undefined;

  private constructor(session: StagedSession, file: PackageFile, queue: WorkQueue) {
    this.#session = session;
    this.#file = file;
    this.queue = queue;
  }

  /** Throws `package_invalid` for a file that is no graph, or one with another signature. */
  static async open(
    modelPackage: Pick<LoadedPackage, 'path'>,
    file: PackageFile,
    signature: Signature,
    { queue, ...options }: EncoderSessionOptions,
  ): Promise<EncoderSession> {
    return new EncoderSession(await openPackageGraph(modelPackage, file, signature, options), file, queue);
  }

  /**
   * The requested outputs for normalised pixels [T, 3, H, W]. The signal is checked before and after the run;
   * onnxruntime cannot be stopped during it. Throws `cancelled` (also after `dispose`), `busy`, `package_invalid` for numbers
   * that are not finite.
   */
  async run(
    pixels: PixelTensor,
    outputs: readonly string[],
    { signal, ...queueing }: RunOptions = {},
  ): Promise<EncoderOutput[]> {
    try {
      return await this.#tasks.run(signal, async (both) => {
        const results = await this.queue.run(() => this.#run(pixels, outputs), { signal: both, ...queueing });
        both.throwIfAborted();
        return results;
      });
    } catch (error) {
      if (this.#tasks.stopped) throw new AppError('cancelled', 'The model has been shut down.');
      if (signal?.aborted) throw new AppError('cancelled', 'The work was cancelled.');
      throw error;
    }
  }

  /** Whether the graph has an output that only some packages have. */
  has(output: string): boolean {
    return this.#session.outputs.some(({ name }) => name === output);
  }

  /** Side of its square input pictures, in pixels; undefined where the graph leaves it open. */
  get imageSize(): number | undefined {
    const pixels = this.#session.inputs.find(({ name }) => name === 'pixels');
    const side = pixels?.isTensor ? pixels.shape[2] : undefined;
    return typeof side === 'number' ? side : undefined;
  }

  /** Waits for the run in progress, cancels those in the queue, frees the model. Safe to call again. */
  dispose(): Promise<void> {
    this.#disposed ??= this.#tasks.stop().then(() => this.#session.release());
    return this.#disposed;
  }

  async #run({ data, shape }: PixelTensor, outputs: readonly string[]): Promise<EncoderOutput[]> {
    const positions = BigInt64Array.from({ length: shape[0] }, (_, t) => BigInt(t));
    const feeds = {
      pixels: new Tensor('float32', data, shape),
      positions: new Tensor('int64', positions, [shape[0]]),
    };
    const results = await this.#session.run(feeds, outputs);
    return outputs.map((name, i) => {
      const result = at(results, i);
      return { data: finiteFloats(this.#file, name, result), shape: result.dims };
    });
  }
}

/** Throws RangeError on pixels that an encoder for such pictures cannot take. */
export function checkPixels(
  { data, shape }: PixelTensor,
  { imageSize, maxFrames }: { readonly imageSize: number; readonly maxFrames: number },
): void {
  const [frames, channels, height, width] = shape;
  if (frames < 1 || frames > maxFrames || channels !== 3 || height !== imageSize || width !== imageSize) {
    const limit = `[1..${maxFrames}, 3, ${imageSize}, ${imageSize}]`;
    throw new RangeError(`pixels are [${shape.join(', ')}], ${limit} expected`);
  }
  const size = frames * channels * height * width;
  if (data.length !== size) throw new RangeError(`pixels are ${data.length} numbers, ${size} expected`);
}
