/** A run of a clip that shows one scene, or a part of one; in seconds from the clip's start. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  /** Shows nothing that the segment before it does not: both share one encoding. */
  readonly repeats: boolean;
}

export interface CutterOptions {
  readonly minSeconds: number;
  readonly maxSeconds: number;
}

export const usualCutting: CutterOptions = { minSeconds: 2, maxSeconds: 20 };

/** A frame in miniature: RGB, 8 bits a channel, every picture of one clip of one size. */
export type Miniature = Uint8Array;

/** Mean difference of a channel, of 255, below which nothing is a cut: noise, and objects that move on a still ground. */
const minCutDifference = 4;
/** A new scene, not just something that enters it: worth a cut as soon as the segment is long enough. */
const minSceneDifference = 12;
/** A cut differs this many times as much as the pictures before it do from one another. */
const cutRatio = 3;
/** Mean difference of any one cell, of 255, up to which two pictures are the same but for noise of the camera. */
const maxNoise = 10;
/** Cuts are looked for in a mean of differences over about so many pictures. */
const memory = 8;

/**
 * Cuts a clip where its picture changes, in one pass and constant memory. Segments follow one another without gaps, none
 * is longer than `maxSeconds`, and none is shorter than `minSeconds` but that of a clip that is itself shorter.
 */
export class SegmentCutter {
  readonly #options: CutterOptions;
  readonly #end: number;
  #start: number;
  #last: Miniature | undefined;
  /** The first picture of this segment, and of the one before that this one may repeat. */
  #first: Miniature | undefined;
  #reference: Miniature | undefined;
  /** Whether all pictures of this segment are as its first, and as the reference. */
  #isStill = true;
  #isRepeat = false;
  /** Running mean of the differences between neighbours. */
  #usual = 0;
  #differences = 0;
  /** Whether the scene changed too soon after the last cut for another. */
  #isOverdue = false;

  /** `start`: where an earlier pass ended; `end`: of the clip, in seconds. */
  constructor(options: CutterOptions, { start = 0, end }: { readonly start?: number; readonly end: number }) {
    this.#options = options;
    this.#start = start;
    this.#end = end;
  }

  /** The segment that ends before this picture, if one does. Pictures come in order, each with its second. */
  push(picture: Miniature, time: number): Segment | undefined {
    const difference = this.#last === undefined ? 0 : meanDifference(this.#last, picture);
    const isChange = this.#last !== undefined && this.#isChange(difference);
    const segment = this.#isDue(time, isChange) ? this.#cut(time) : undefined;
    this.#isOverdue ||= isChange && segment === undefined && difference >= minSceneDifference;
    this.#first ??= picture;
    this.#isStill &&= !differsAnywhere(this.#first, picture);
    this.#isRepeat &&= this.#reference !== undefined && !differsAnywhere(this.#reference, picture);
    this.#last = picture;
    return segment;
  }

  /** What is left behind the last cut; undefined for nothing. */
  finish(): Segment | undefined {
    return this.#end > this.#start ? this.#cut(this.#end) : undefined;
  }

  #isChange(difference: number): boolean {
    const isChange = difference >= minCutDifference && difference >= cutRatio * this.#usual;
    this.#differences += 1;
    const isFirst = this.#differences === 1;
    this.#usual += (difference - this.#usual) / Math.min(memory, this.#differences);
    // nothing is known yet of how much the pictures usually differ
    return isChange && !isFirst;
  }

  #isDue(time: number, isChange: boolean): boolean {
    const { minSeconds, maxSeconds } = this.#options;
    const [length, rest] = [time - this.#start, this.#end - time];
    if (length < minSeconds || rest < minSeconds) return false;
    if (isChange || this.#isOverdue) return true;
    // where the rest would be too short for a segment, what is left is cut in halves
    const whole = this.#end - this.#start;
    const isTail = whole > maxSeconds && whole < maxSeconds + minSeconds;
    return length >= (isTail ? whole / 2 : maxSeconds) - tick;
  }

  #cut(time: number): Segment {
    const segment = { start: this.#start, end: time, repeats: this.#isRepeat };
    if (!this.#isRepeat) this.#reference = this.#isStill ? this.#first : undefined;
    this.#first = undefined;
    this.#isStill = true;
    this.#isRepeat = this.#reference !== undefined;
    this.#start = time;
    this.#isOverdue = false;
    return segment;
  }
}

/** Seconds: times of pictures are sums of fractions. */
const tick = 1e-6;

function meanDifference(a: Miniature, b: Miniature): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] ?? 0) - (b[i] ?? 0));
  return sum / a.length;
}

function differsAnywhere(a: Miniature, b: Miniature): boolean {
  for (let i = 0; i + 2 < a.length; i += 3) {
    const cell =
      Math.abs((a[i] ?? 0) - (b[i] ?? 0)) +
      Math.abs((a[i + 1] ?? 0) - (b[i + 1] ?? 0)) +
      Math.abs((a[i + 2] ?? 0) - (b[i + 2] ?? 0));
    if (cell / 3 > maxNoise) return true;
  }
  return false;
}
