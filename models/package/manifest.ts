import { z } from 'zod';
import { conversationTemplate } from './conversation-template.ts';

/** How a frame becomes a square, and by which kernel. */
const pictureRule = {
  /** `crop`: shorter side to imageSize, centre crop (CLIP). `pad`: to a square with the mean colour (LLaVA-1.5). `squash`: ignore the aspect. */
  resize: z.enum(['crop', 'pad', 'squash']),
  /** `bicubic`, PIL's, where left out; `bilinear` as OpenCV's, `nearest` as torch's, for what was trained with those. */
  kernel: z.enum(['bicubic', 'bilinear', 'nearest']).optional(),
};

const fileEntry = z.strictObject({
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** How frames become pixels and pixels become video tokens. docs/method.md names every choice. */
const visionManifest = z.strictObject({
  /** Side of the encoder's square input, in pixels. */
  imageSize: z.int().min(8).max(1024),
  patchSize: z.int().min(1).max(128),
  /** Frames sampled from a clip unless the user asks for another number. */
  frames: z.int().min(1).max(64),
  /** Rows of the branch's time table: the most frames one clip can have. */
  maxFrames: z.int().min(1).max(64),
  /** Whether the encoder takes an even number of frames only: one more is made by showing the last twice (BT-Adapter). */
  evenFrames: z.boolean().optional(),
  mean: z.tuple([z.number(), z.number(), z.number()]),
  std: z.tuple([z.number().positive(), z.number().positive(), z.number().positive()]),
  ...pictureRule,
  tap: z.enum(['penultimate', 'last']),
  tapNorm: z.enum(['none', 'post']),
  fusion: z.enum(['sum', 'mean', 'matched']),
  /** Weights of tower and branch before they are added; 1 and 1 where left out. */
  fusionWeights: z.strictObject({ tower: z.number().positive(), branch: z.number().positive() }).optional(),
  cls: z.enum(['first', 'last', 'none']),
  /** Tokens one clip costs the LLM (L+1, or L without CLS), and the width of each. */
  tokens: z.int().positive(),
  width: z.int().positive(),
});

/** How often held-out answers were right, by the probability of their least likely token; rising in both. */
const confidenceCurve = z.strictObject({
  points: z
    .array(z.strictObject({ probability: z.number().min(0).max(1), right: z.number().min(0).max(1) }))
    .min(1)
    .max(64)
    .refine(
      (points) =>
        points.every(({ probability, right }, i) => {
          const before = points[i - 1];
          return before === undefined || (probability >= before.probability && right >= before.right);
        }),
      'must rise',
    ),
});
export type ConfidenceCurve = z.infer<typeof confidenceCurve>;

const languageManifest = z.strictObject({
  template: conversationTemplate,
  /** KV cache length in tokens. */
  context: z.int().min(64),
  /** Clips that can be in the vocabulary at once; each takes `vision.tokens` rows (docs/design.md section 3). */
  slots: z.int().min(1).max(1024),
  /** Present where the package was calibrated. */
  confidence: confidenceCurve.optional(),
});

/** How frames become the retrieval encoder's pixels, where otherwise than the chat encoder's. */
const retrievalVision = z.strictObject({
  imageSize: z.int().min(8).max(1024),
  patchSize: z.int().min(1).max(128),
  frames: z.int().min(1).max(64),
  evenFrames: z.boolean(),
  ...pictureRule,
});

/** How a text's tokens and a clip's frames are compared; what the weights were trained with. */
export const matching = z.discriminatedUnion('form', [
  /** Mug with re-aggregation. */
  z.strictObject({ form: z.literal('full') }),
  /** The mean of both guided scores, the authors' default. */
  z.strictObject({ form: z.literal('simple') }),
  /** Full, with equal weights on the k best (paper Table VIII). */
  z.strictObject({ form: z.literal('top-k'), k: z.int().min(1).max(77) }),
  /** No guidance: the text's one embedding with the mean frame (BT-Adapter). */
  z.strictObject({ form: z.literal('mean') }),
]);
export type Matching = z.infer<typeof matching>;

/**
 * How a text becomes the text encoder's `ids` [N, context], beside `tokenizer.json`: `start` where there is one, the
 * text's tokens, `end`, then `pad` to the context's length. Start and end are tokens like the others (Mug's mask is 1
 * on them and 0 on padding); the row of `end` is the text's own embedding. A text too long loses tokens before `end`.
 */
const retrievalManifest = z.strictObject({
  /** P, of the frames' and the tokens' embeddings, which come without unit length. */
  width: z.int().positive(),
  /** K, token positions of a text, start and end included. */
  context: z.int().min(3).max(4096),
  start: z.int().nonnegative().optional(),
  end: z.int().nonnegative(),
  pad: z.int().nonnegative(),
  /** Places that a text may fill, start and end among them, where fewer than `context`. */
  maxTextLength: z.int().min(3).max(4096).optional(),
  /** Mug's full form where left out. */
  matching: matching.optional(),
  vision: retrievalVision.optional(),
  /** tau, the factor on cosines in front of every softmax of Mug (docs/method.md section 4). */
  logitScale: z.number().positive(),
  /** Similarity of Mug from which a clip counts as a match for a text; all are shown where it is left out. */
  cutOff: z.number().min(-1).max(1).optional(),
});

export const packageManifest = z.strictObject({
  format: z.literal(1),
  name: z.string().min(1).max(80),
  version: z.string().min(1).max(40),
  licence: z.string().min(1),
  /** One sentence shown to the people who chat with it: what it knows and what it does not. */
  about: z.string().max(400),
  sources: z.array(z.string()),
  vision: visionManifest,
  language: languageManifest,
  /** Present where the files for retrieval are. */
  retrieval: retrievalManifest.optional(),
  files: z.record(z.string().regex(/^[a-z0-9][a-z0-9.-]*$/), fileEntry),
});

export type PackageManifest = z.infer<typeof packageManifest>;
export type VisionManifest = z.infer<typeof visionManifest>;
export type RetrievalManifest = z.infer<typeof retrievalManifest>;
export type LanguageManifest = z.infer<typeof languageManifest>;

/** How frames become the retrieval encoder's pixels. */
export function retrievalVisionOf({ vision, retrieval }: PackageManifest): VisionManifest {
  return { ...vision, ...retrieval?.vision };
}

/** The files a package is made of. The optional ones serve retrieval only. */
export const packageFiles = {
  chatEncoder: 'chat-encoder.onnx',
  retrievalEncoder: 'retrieval-encoder.onnx',
  textEncoder: 'text-encoder.onnx',
  tokenizer: 'tokenizer.json',
  llmBody: 'llm-00001-of-00002.gguf',
  llmEmbeddings: 'llm-00002-of-00002.gguf',
} as const;

/** Vocabulary text of row `row` of video slot `slot`. */
export function videoTokenText(slot: number, row: number): string {
  return `<video_${slot}_${row}>`;
}
