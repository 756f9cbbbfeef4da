import { z } from 'zod';
import { chapter, videoId } from './rest.ts';
import { maxTextLength } from './search.ts';

/** What the server and its clients say to each other about the parts of long clips. Times are seconds from a clip's start. */

const span = { start: z.number(), end: z.number() };

export const momentsRequest = z.object({
  query: z.string().trim().min(1).max(maxTextLength),
  /** Moments to find, at most. */
  k: z.int().min(1).max(50).default(3),
});
export type MomentsRequest = z.output<typeof momentsRequest>;

export const momentsReply = z.object({
  videoId,
  /** The best first; the score is Mug's similarity of query and moment, at most 1. */
  results: z.array(z.object({ ...span, score: z.number() })),
  /** Seconds of the clip that could be searched; less than `duration` while segments are being encoded. */
  seen: z.number(),
  duration: z.number(),
});
export type MomentsReply = z.infer<typeof momentsReply>;

export const segmentsReply = z.object({
  videoId,
  /** In order. `repeats`: shows nothing that the one before does not; `encoded`: can be found by words. */
  segments: z.array(z.object({ ...span, repeats: z.boolean(), encoded: z.boolean() })),
  /** Whether they reach the clip's end. */
  complete: z.boolean(),
});
export type SegmentsReply = z.infer<typeof segmentsReply>;

export const chaptersReply = z.object({
  videoId,
  chapters: z.array(chapter),
  /** Whether they are still being made; ask again. */
  pending: z.boolean(),
});
export type ChaptersReply = z.infer<typeof chaptersReply>;

export const copiesRequest = z.object({
  /** The clips to look in; the newest 100 where left out. */
  videoIds: z.array(videoId).min(1).max(100).optional(),
});
export type CopiesRequest = z.output<typeof copiesRequest>;

export const copiesReply = z.object({
  videoId,
  /** Where a stretch of the clip is in another, the longest first. */
  results: z.array(
    z.object({
      videoId,
      name: z.string(),
      ...span,
      otherStart: z.number(),
      otherEnd: z.number(),
      score: z.number(),
    }),
  ),
});
export type CopiesReply = z.infer<typeof copiesReply>;
