import type { LoadedPackage } from '#models/package/load.ts';
import { packageFiles, retrievalVisionOf, type VisionManifest } from '#models/package/manifest.ts';
import { AppError } from '#errors';
import { WorkQueue } from '#core/work-queue.ts';
import { clipInputs } from '../vision/package-graph.ts';
import type { BranchMode, PixelTensor } from '../types.ts';
import { checkPixels, EncoderSession, type RunOptions } from '../vision/encoder-session.ts';
import type { Embeddings } from './embeddings.ts';
import { retrievalOf } from './retrieval-of.ts';

export interface FrameEncoderOptions {
  /** Threads of one run; all cores where left out. */
  readonly threads?: number | undefined;
  /** onnxruntime's execution provider; the CPU where left out. */
  readonly provider?: string | undefined;
  /** Queue shared with another encoder, so that both never run at the same time. */
  readonly queue?: WorkQueue | undefined;
}

export interface FrameEncodeOptions extends RunOptions {
  /** `plain`: the tower without the branch, for comparison. */
  readonly mode: BranchMode;
}

/** Attention of the branch's video CLS over each frame (paper Fig. 9); a frame's patches sum to 1. */
export interface PatchAttention {
  /** [count, side * side], rows top to bottom. */
  readonly data: Float32Array;
  readonly count: number;
  /** Patches in a row, and rows. */
  readonly side: number;
}

const outputOf: Record<BranchMode, string> = { stan: 'frame_embeddings', plain: 'plain_embeddings' };

/** The package's retrieval encoder: frames into the joint space, with the branch or without it. */
export class FrameEncoder {
  /** Preprocessing of its frames; its picture size may differ from the chat encoder's. */
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
    { queue, threads, provider }: FrameEncoderOptions = {},
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
      provider,
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

  /** Attention of the branch over the same pixels. Throws as `encode`. */
  async attend(pixels: PixelTensor, options: RunOptions = {}): Promise<PatchAttention> {
    checkPixels(pixels, this.vision);
    const [output] = await this.#session.run(pixels, ['patch_attention'], options);
    const [count] = pixels.shape;
    if (output === undefined) throw misshapen(undefined);
    const side = Math.sqrt(output.data.length / count);
    if (side < 1 || !Number.isInteger(side)) throw misshapen(output.shape);
    return { data: output.data, count, side };
  }

  /** Waits for the run in progress, cancels those in the queue, frees the model. Safe to call again. */
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
