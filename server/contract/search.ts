import { z } from 'zod';
import { videoId } from './rest.ts';

/** What the server and its clients say to each other about finding clips by words, and about why one was found. */

/** Characters; the model reads no more than its context: 77 tokens of CLIP's, 32 words of the demo's trainer. */
export const maxTextLength = 1000;

const text = z.string().trim().min(1).max(maxTextLength);
/** w, how much each frame matters to the text, in the order of the frames; they sum to 1. */
const frameWeights = z.array(z.number());
/** Seconds of the frames. */
const frames = z.array(z.number());

export const searchRequest = z.object({
  query: text,
  /** Clips to find, at most. */
  k: z.int().min(1).max(100).default(10),
});

export type SearchRequest = z.output<typeof searchRequest>;

export const searchReply = z.object({
  /** The best first. */
  results: z.array(
    z.object({
      videoId,
      name: z.string(),
      /** Mug's similarity of query and clip, at most 1. */
      score: z.number(),
      frameWeights,
      frames,
      /** The part of a long clip that matches best, in seconds, with its own similarity. */
      moment: z.object({ start: z.number(), end: z.number(), score: z.number() }).optional(),
      /** w', how much each of `words` matters to the clip; what is missing to 1 is on the text's start and end. */
      wordWeights: z.array(z.number()),
    }),
  ),
  /** The query as the model reads it: what is too long for it is cut off. */
  words: z.array(z.object({ text: z.string() })),
  /** Clips that were just uploaded and cannot be found yet. */
  pending: z.int(),
  /** Clips with a lower score are left out; without it, all clips are ranked, those that do not match too. */
  cutOff: z.number().optional(),
});
export type SearchReply = z.infer<typeof searchReply>;

const template = z.string().max(200).regex(/\{\}/, 'must have {} where the label goes');

/** Texts compared with one clip at most: labels times templates. */
const maxTexts = 4000;

export const classifyRequest = z
  .object({
    videoId,
    labels: z
      .array(z.string().trim().min(1).max(200))
      .min(1)
      .max(1000)
      .refine((labels) => new Set(labels).size === labels.length, 'one label is there twice'),
    /** How a label becomes a text, such as "a video of {}"; the bare label without one, as in the paper. */
    template: template.optional(),
    /** Several: the similarities are averaged. */
    templates: z.array(template).min(1).max(80).optional(),
    /** Labels to answer with, at most. */
    k: z.int().min(1).max(1000).default(5),
  })
  .refine(({ template, templates }) => template === undefined || templates === undefined, {
    error: 'give template or templates, not both',
    path: ['templates'],
  })
  .refine(({ labels, templates = [] }) => labels.length * templates.length <= maxTexts, {
    error: `labels times templates are more than ${maxTexts}`,
    path: ['labels'],
  });

export type ClassifyRequest = z.output<typeof classifyRequest>;

export const classifyReply = z.object({
  videoId,
  /** The likeliest first; the scores of all labels that were sent sum to 1. */
  labels: z.array(z.object({ label: z.string(), score: z.number(), similarity: z.number() })),
});
export type ClassifyReply = z.infer<typeof classifyReply>;

export const matchRequest = z.object({ text });

export const matchReply = z.object({
  videoId,
  score: z.number(),
  frameWeights,
  frames,
  /** The text as the model reads it, with w', how much each word matters to the clip. */
  words: z.array(z.object({ text: z.string(), weight: z.number() })),
});
export type MatchReply = z.infer<typeof matchReply>;

/** Where the branch looks in each frame: a square grid of weights over a part of the picture. */
export const attentionReply = z.object({
  videoId,
  /** Columns of the grid, and rows. */
  side: z.int(),
  /** What the grid covers, in shares of the frame's width and height; what reaches beyond is padding. */
  region: z.object({ left: z.number(), top: z.number(), width: z.number(), height: z.number() }),
  /** Weights row by row, from the top left; those of a frame sum to 1. */
  frames: z.array(z.object({ time: z.number(), weights: z.array(z.number()) })),
});
export type AttentionReply = z.infer<typeof attentionReply>;
