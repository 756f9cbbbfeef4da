import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { openSession } from '../../../models/graph/session.ts';
import type { LoadedPackage } from '../../../models/package/load.ts';
import { packageFiles, type VisionManifest } from '../../../models/package/manifest.ts';
import { AppError } from '../../errors.ts';
import { WorkQueue } from '../../limits/work-queue.ts';
import type { EncoderMode, PixelTensor, VideoTokens } from '../types.ts';
import { checkSignature } from './check-signature.ts';

export interface VisionEncoderOptions {
  /** Threads of one run; all cores unless told. */
  readonly threads?: number;
  /** Clips that wait at most. Default 64. */
  readonly maxWaiting?: number;
}

export interface EncodeOptions {
  readonly mode: EncoderMode;
  readonly signal?: AbortSignal | undefined;
  /** Told the place in the queue. */
  readonly onPlace?: ((place: number) => void) | undefined;
}

/** Only the output asked for is computed: `plain` never runs the branch. */
const outputOf: Record<EncoderMode, string> = { stan: 'video_tokens', plain: 'plain_tokens' };

/**
 * The package's chat encoder on onnxruntime: CLIP, the branch and the projector in one graph. One run at a time, since
 * each uses all the threads; others wait in order.
 */
export class VisionEncoder {
  readonly queue: WorkQueue;
  readonly #session: InferenceSession;
  readonly #vision: VisionManifest;
  readonly #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  #disposed: Promise<void> | undefined;

  private constructor(session: InferenceSession, vision: VisionManifest, maxWaiting: number) {
    this.#session = session;
    this.#vision = vision;
    this.queue = new WorkQueue({ waitsTo: 'have a clip encoded', concurrency: 1, maxWaiting });
  }

  /** Throws `package_invalid` when the file is no graph, or not of the shapes the manifest states. */
  static async load(
    modelPackage: Pick<LoadedPackage, 'manifest' | 'path'>,
    { threads, maxWaiting = 64 }: VisionEncoderOptions = {},
  ): Promise<VisionEncoder> {
    const { vision } = modelPackage.manifest;
    const session = await createSession(modelPackage.path(packageFiles.chatEncoder), threads);
    try {
      checkSignature(session, vision);
    } catch (error) {
      await session.release();
      throw error;
    }
    return new VisionEncoder(session, vision, maxWaiting);
  }

  /**
   * Normalised pixels [T, 3, imageSize, imageSize] to video tokens [tokens, width], T at most the manifest's maxFrames.
   * A signal counts until the run starts and after it; onnxruntime cannot be stopped within. Throws `cancelled` (also
   * after `dispose`), `busy`, `package_invalid` when the tokens are not finite, RangeError on pixels of another shape.
   */
  async encode(pixels: PixelTensor, { mode, signal, onPlace }: EncodeOptions): Promise<VideoTokens> {
    this.#checkPixels(pixels);
    const ended = signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal]);
    try {
      return await this.queue.run(
        async () => {
          const run = this.#run(this.#vision.evenFrames ? evenly(pixels) : pixels, outputOf[mode]);
          this.#running = run.catch(() => undefined);
          const tokens = await run;
          ended.throwIfAborted();
          return tokens;
        },
        { signal: ended, onPlace },
      );
    } catch (error) {
      if (!ended.aborted) throw error;
      const message = this.#stop.signal.aborted ? 'The model has been shut down.' : 'The work was cancelled.';
      throw new AppError('cancelled', message);
    }
  }

  /** Waits for the run in progress, refuses those that wait, frees the model. Safe to call again. */
  dispose(): Promise<void> {
    if (this.#disposed === undefined) {
      this.#disposed = this.#running.then(() => this.#session.release());
      this.#stop.abort();
    }
    return this.#disposed;
  }

  async #run({ data, shape }: PixelTensor, output: string): Promise<VideoTokens> {
    const positions = BigInt64Array.from({ length: shape[0] }, (_, t) => BigInt(t));
    const feeds = {
      pixels: new Tensor('float32', data, shape),
      positions: new Tensor('int64', positions, [shape[0]]),
    };
    const { [output]: tokens } = await this.#session.run(feeds, [output]);
    const { tokens: count, width } = this.#vision;
    if (!(tokens?.data instanceof Float32Array) || tokens.data.length !== count * width) {
      const found = tokens?.dims.join(' x ') ?? 'nothing';
      throw new AppError(
        'package_invalid',
        `The chat encoder gave ${found}, not ${count} x ${width} tokens.`,
      );
    }
    if (!tokens.data.every(Number.isFinite)) {
      throw new AppError('package_invalid', 'The chat encoder gave numbers that are not finite.');
    }
    return { data: tokens.data, count, width };
  }

  #checkPixels({ data, shape }: PixelTensor): void {
    const { imageSize, maxFrames } = this.#vision;
    const [frames, channels, height, width] = shape;
    if (frames < 1 || frames > maxFrames || channels !== 3 || height !== imageSize || width !== imageSize) {
      const limit = `[1..${maxFrames}, 3, ${imageSize}, ${imageSize}]`;
      throw new RangeError(`pixels are [${shape.join(', ')}], ${limit} expected`);
    }
    const size = frames * channels * height * width;
    if (data.length !== size) throw new RangeError(`pixels are ${data.length} numbers, ${size} expected`);
  }
}

/** An odd clip with its last frame shown twice. */
function evenly({ data, shape }: PixelTensor): PixelTensor {
  const [frames, ...picture] = shape;
  if (frames % 2 === 0) return { data, shape };
  const each = data.length / frames;
  const longer = new Float32Array(data.length + each);
  longer.set(data);
  longer.set(data.subarray(data.length - each), data.length);
  return { data: longer, shape: [frames + 1, ...picture] };
}

async function createSession(path: string, threads: number | undefined): Promise<InferenceSession> {
  try {
    return await openSession(path, { threads });
  } catch (cause) {
    const message = `${packageFiles.chatEncoder} of the model package cannot be loaded; make or fetch the package again.`;
    throw new AppError('package_invalid', message, { cause });
  }
}
