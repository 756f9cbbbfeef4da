import type { LoadedPackage } from '#models/package/load.ts';
import { packageFiles, retrievalVisionOf, type VisionManifest } from '#models/package/manifest.ts';
import { AppError } from '#errors';
import { WorkQueue } from '#core/work-queue.ts';
import { clipInputs } from '../vision/package-graph.ts';
import type { EncoderMode, PixelTensor } from '../types.ts';
import { checkPixels, EncoderSession, type RunOptions } from '../vision/encoder-session.ts';
import type { Embeddings } from './embeddings.ts';
import { retrievalOf } from './retrieval-of.ts';

export interface FrameEncoderOptions {
  /** Threads of one run; all cores unless told. */
  readonly threads?: number | undefined;
  /** The queue of another encoder, which then never runs at the same time. */
  readonly queue?: WorkQueue | undefined;
}

export interface FrameEncodeOptions extends RunOptions {
  /** `plain`: the tower without the branch, for comparison. */
  readonly mode: EncoderMode;
}

/** Where the branch's video CLS looks in each frame (paper Fig. 9): each frame's patches sum to 1. */
export interface PatchAttention {
  /** [count, side * side], rows top to bottom. */
  readonly data: Float32Array;
  readonly count: number;
  /** Patches of a row, and rows. */
  readonly side: number;
}

const outputOf: Record<EncoderMode, string> = { stan: 'frame_embeddings', plain: 'plain_embeddings' };

/** The package's retrieval encoder: frames to the joint space, with the branch or without it. */
export class FrameEncoder {
  /** How frames become the pixels it takes; its pictures may be of another size than the chat encoder's. */
  readonly vision: VisionManifest;
  readonly #session: EncoderSession;
  readonly #width: number;

  private constructor(session: EncoderSession, vision: VisionManifest, width: number) {
    this.#session = session;
    this.vision = vision;
    this.#width = width;
  }

  /** Throws `unsupported` for a package that cannot search, `package_invalid` for files that are not what it says. */
  static async load(
    modelPackage: Pick<LoadedPackage, 'manifest' | 'path'>,
    { queue, threads }: FrameEncoderOptions = {},
  ): Promise<FrameEncoder> {
    const { width } = retrievalOf(modelPackage.manifest);
    const embeddings = { type: 'float32', shape: [null, width] } as const;
    const signature = {
      inputs: clipInputs(null),
      outputs: {
        frame_embeddings: embeddings,
        plain_embeddings: embeddings,
        patch_attention: { type: 'float32', shape: [null, null] },
      },
    } as const;
    const session = await EncoderSession.open(modelPackage, packageFiles.retrievalEncoder, signature, {
      queue: queue ?? new WorkQueue({ label: 'have a clip encoded', concurrency: 1, maxWaiting: 64 }),
      threads,
    });
    const vision = retrievalVisionOf(modelPackage.manifest);
    return new FrameEncoder(session, { ...vision, imageSize: session.imageSize ?? vision.imageSize }, width);
  }

  get queue(): WorkQueue {
    return this.#session.queue;
  }

  /**
   * Normalised pixels [T, 3, H, W] to v_1 .. v_T [T, P], not of unit length (docs/method.md section 3). Throws as
   * `EncoderSession.run`, and RangeError on pixels of another shape.
   */
  async encode(pixels: PixelTensor, { mode, ...options }: FrameEncodeOptions): Promise<Embeddings> {
    checkPixels(pixels, this.vision);
    const [output] = await this.#session.run(pixels, [outputOf[mode]], options);
    const [count, width] = [pixels.shape[0], this.#width];
    if (output?.data.length !== count * width) throw misshapen(output?.shape);
    return { data: output.data, count, width };
  }

  /** Where the branch looks in the same pixels. Throws as `encode`. */
  async attend(pixels: PixelTensor, options: RunOptions = {}): Promise<PatchAttention> {
    checkPixels(pixels, this.vision);
    const [output] = await this.#session.run(pixels, ['patch_attention'], options);
    const [count] = pixels.shape;
    const side = Math.sqrt((output?.data.length ?? 0) / count);
    if (output === undefined || side < 1 || !Number.isInteger(side)) throw misshapen(output?.shape);
    return { data: output.data, count, side };
  }

  /** Waits for the run in progress, refuses those that wait, frees the model. Safe to call again. */
  dispose(): Promise<void> {
    return this.#session.dispose();
  }
}

function misshapen(shape: readonly number[] | undefined): AppError {
  const found = shape?.join(' x ') ?? 'nothing';
  return new AppError(
    'package_invalid',
    `The retrieval encoder gave ${found}; make or fetch the package again.`,
  );
}
