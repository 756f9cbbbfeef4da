import { at } from '#core/at.ts';
import type { TokenKind } from '#models/nets/layouts/layout.ts';
import { type LayoutName, layouts } from '#models/nets/layouts/layouts.ts';
import type { LoadedPackage } from '#models/package/load.ts';
import { packageFiles, type VisionManifest } from '#models/package/manifest.ts';
import { AppError } from '#errors';
import { WorkQueue } from '#core/work-queue.ts';
import { clipInputs } from './package-graph.ts';
import type { PixelTensor, VideoTokens } from '../types.ts';
import { checkPixels, EncoderSession, type RunOptions } from './encoder-session.ts';

export interface VisionEncoderOptions {
  /** Threads of one run; all cores where left out. */
  readonly threads?: number;
  /** onnxruntime's execution provider; the CPU where left out. */
  readonly provider?: string | undefined;
  /** Most clips that wait. Default 64. */
  readonly maxWaiting?: number;
}

export interface EncodeOptions extends RunOptions {
  /** How the clip is laid out as tokens. */
  readonly mode: LayoutName;
  /** Seconds of the frames, ascending. */
  readonly times?: readonly number[] | undefined;
}

/** The outputs of the graph; `frame_tokens` is missing in packages of earlier versions. */
const outputOf = {
  branch: 'video_tokens',
  plain: 'plain_tokens',
  frames: 'frame_tokens',
} as const satisfies Record<TokenKind, string>;

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
    { threads, provider, maxWaiting = 64 }: VisionEncoderOptions = {},
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
      provider,
    });
    return new VisionEncoder(session, vision);
  }

  get queue(): WorkQueue {
    return this.#session.queue;
  }

  /**
   * Normalised pixels [T, 3, imageSize, imageSize] to the video tokens of a layout, T at most the manifest's maxFrames. Only
   * what the layout needs is computed. Throws as `EncoderSession.run`, and RangeError on pixels of another shape.
   */
  async encode(pixels: PixelTensor, { mode, times = [], ...options }: EncodeOptions): Promise<VideoTokens> {
    checkPixels(pixels, this.#vision);
    const { needs, arrange } = layouts[mode];
    const clip = this.#vision.evenFrames ? evenly(pixels) : pixels;
    const together = needs.filter((kind) => this.#session.has(outputOf[kind]));
    const outputs = await this.#session.run(
      clip,
      together.map((kind) => outputOf[kind]),
      options,
    );
    const found = new Map(together.map((kind, i) => [kind, at(outputs, i).data]));
    if (needs.some((kind) => kind === 'frames') && !found.has('frames')) {
      found.set('frames', await this.#frameByFrame(pixels, options));
    }
    const { tokens: count, width, cls } = this.#vision;
    const rowsOf = (kind: 'branch' | 'plain') => {
      const data = found.get(kind);
      return data && { [kind]: { data: this.#checked(data, count * width), count, width } };
    };
    const frames = pixels.shape[0];
    const data = found.get('frames')?.subarray(0, frames * count * width);
    return arrange(
      {
        ...rowsOf('branch'),
        ...rowsOf('plain'),
        ...(data && {
          frames: { data: this.#checked(data, frames * count * width), frames, count, width, cls },
        }),
      },
      times,
    );
  }

  /** Plain tokens of a clip of one frame are those of the frame alone. */
  async #frameByFrame({ data, shape }: PixelTensor, options: RunOptions): Promise<Float32Array> {
    const [frames, ...picture] = shape;
    const { tokens, width } = this.#vision;
    const [values, all] = [data.length / frames, new Float32Array(frames * tokens * width)];
    for (let frame = 0; frame < frames; frame++) {
      const pixels: PixelTensor = {
        data: data.subarray(frame * values, (frame + 1) * values),
        shape: [1, ...picture],
      };
      const [output] = await this.#session.run(pixels, [outputOf.plain], options);
      all.set(this.#checked(output?.data ?? new Float32Array(), tokens * width), frame * tokens * width);
    }
    return all;
  }

  #checked(data: Float32Array, size: number): Float32Array {
    if (data.length === size) return data;
    const { width } = this.#vision;
    const message = `The chat encoder gave ${data.length / width} tokens, not ${size / width}.`;
    throw new AppError('package_invalid', message);
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
