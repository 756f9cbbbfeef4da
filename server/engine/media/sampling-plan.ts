/** The part of a clip in which it shows pictures, in seconds. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Seconds at which a clip is sampled: the middles of `count` equal segments. The authors' chat evaluation samples so; ends are
 * often black, and middles never fall on them.
 */
export function segmentCentres({ start, end }: Span, count: number): number[] {
  return Array.from({ length: count }, (_, k) => start + ((k + 0.5) * (end - start)) / count);
}

/**
 * Which frame is on the screen at each of the given seconds: index of the last one at or before it, or 0 before the
 * first. `times` and `seconds` ascend. A clip of fewer frames than asked for repeats some, in order; every clip thus
 * costs the encoder the same number of frames, and the times stay true.
 */
export function framesShownAt(times: readonly number[], seconds: readonly number[]): number[] {
  let shown = 0;
  return seconds.map((second) => {
    while (shown + 1 < times.length && (times[shown + 1] ?? Number.POSITIVE_INFINITY) <= second) shown++;
    return shown;
  });
}

/** Whether a decoder gets at the picked frames sooner in one pass, or by a seek to each. Indices ascend. */
export function onePassIsFaster(keyframes: readonly boolean[], picked: readonly number[]): boolean {
  // Starting a process and opening a file costs about as much as decoding this many frames.
  const framesPerSeek = 40;
  const seeking = picked.reduce(
    (sum, index) => sum + framesPerSeek + index - keyframes.lastIndexOf(true, index),
    0,
  );
  return (picked.at(-1) ?? 0) < seeking;
}
