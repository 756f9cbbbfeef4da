import type { LoadedPackage } from '#models/package/load.ts';
import { packageFiles, type VisionManifest } from '#models/package/manifest.ts';
import { AppError } from '#errors';
import { WorkQueue } from '#core/work-queue.ts';
import { clipInputs } from './package-graph.ts';
import type { EncoderMode, PixelTensor, VideoTokens } from '../types.ts';
import { checkPixels, EncoderSession, type RunOptions } from './encoder-session.ts';

export interface VisionEncoderOptions {
  /** Threads of one run; all cores where left out. */
  readonly threads?: number;
  /** Most clips that wait. Default 64. */
  readonly maxWaiting?: number;
}

export interface EncodeOptions extends RunOptions {
  readonly mode: EncoderMode;
}

/** Only the requested output is computed: `plain` never runs the branch. */
const outputOf: Record<EncoderMode, string> = { stan: 'video_tokens', plain: 'plain_tokens' };

/** The package's chat encoder: CLIP, the branch and the projector in one graph. One run at a time, the others queue. */
export class VisionEncoder {
  readonly #session: EncoderSession;
  readonly #vision: VisionManifest;

  private constructor(session: EncoderSession, vision: VisionManifest) {
    this.#session = session;
    this.#vision = vision;
  }

  /** Throws `package_invalid` when the file is no graph, or not of the shapes the manifest states. */
  static async load(
    modelPackage: Pick<LoadedPackage, 'manifest' | 'path'>,
    { threads, maxWaiting = 64 }: VisionEncoderOptions = {},
  ): Promise<VisionEncoder> {
    const { vision } = modelPackage.manifest;
    const { imageSize, tokens, width } = vision;
    const tokensOf = { type: 'float32', shape: [tokens, width] } as const;
    const signature = {
      inputs: clipInputs(imageSize),
      outputs: { video_tokens: tokensOf, plain_tokens: tokensOf },
    };
    const queue = new WorkQueue({ label: 'have a clip encoded', concurrency: 1, maxWaiting });
    const session = await EncoderSession.open(modelPackage, packageFiles.chatEncoder, signature, {
      queue,
      threads,
    });
    return new VisionEncoder(session, vision);
  }

  get queue(): WorkQueue {
    return this.#session.queue;
  }

  /**
   * Normalised pixels [T, 3, imageSize, imageSize] to video tokens [tokens, width], T at most the manifest's maxFrames.
   * Throws as `EncoderSession.run`, and RangeError on pixels of another shape.
   */
  async encode(pixels: PixelTensor, { mode, ...options }: EncodeOptions): Promise<VideoTokens> {
    checkPixels(pixels, this.#vision);
    const clip = this.#vision.evenFrames ? evenly(pixels) : pixels;
    const [output] = await this.#session.run(clip, [outputOf[mode]], options);
    const { tokens: count, width } = this.#vision;
    if (output?.data.length !== count * width) {
      const found = output?.shape.join(' x ');
      throw new AppError(
        'package_invalid',
        `The chat encoder gave ${found}, not ${count} x ${width} tokens.`,
      );
    }
    return { data: output.data, count, width };
  }

  /** Waits for the run in progress, cancels those in the queue, frees the model. Safe to call again. */
  dispose(): Promise<void> {
    return this.#session.dispose();
  }
}

/** A clip with an odd number of frames, its last one repeated. */
function evenly({ data, shape }: PixelTensor): PixelTensor {
  const [frames, ...picture] = shape;
  if (frames % 2 === 0) return { data, shape };
  const each = data.length / frames;
  const longer = new Float32Array(data.length + each);
  longer.set(data);
  longer.set(data.subarray(data.length - each), data.length);
  return { data: longer, shape: [frames + 1, ...picture] };
}
