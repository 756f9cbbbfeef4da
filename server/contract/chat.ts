import { z } from 'zod';
import {
  type ClipReceipt,
  clipReceipt,
  doneEvent,
  requestedMode,
  frameCount,
  partBounds,
  progressEvent,
  samplingSettings,
  segmentCount,
  tokenEvent,
  topP,
  videoId,
  videoResource,
} from './rest.ts';

/** What the chat server and its clients say to each other over socket.io. Everything in it is JSON. */

const id = z.uuid();
/** Milliseconds since 1970. */
const instant = z.int().nonnegative();

/** Settings of a conversation; a message may bring its own, which count for its answer. */
export const chatSettings = samplingSettings.extend({
  topP: topP.optional(),
  /** What the model is told before the first turn. */
  system: z.string().max(8000).optional(),
  mode: requestedMode.optional(),
  /** Frames looked at in each clip. */
  frames: frameCount.optional(),
});
export type ChatSettings = z.infer<typeof chatSettings>;

/** Settings of one answer, which may be about a part of each clip. */
const answerSettings = chatSettings.extend({
  ...partBounds.shape,
  /** The clip that `start` and `end` are of; every clip where it is left out. */
  partOf: videoId.optional(),
  segments: segmentCount.optional(),
});

export const conversation = z.object({
  id,
  title: z.string(),
  settings: chatSettings,
  createdAt: instant,
  /** Of its last message. */
  updatedAt: instant,
  /** Whether everybody may read it. */
  shared: z.boolean().default(false),
});
export type Conversation = z.infer<typeof conversation>;

/** A conversation as lists show it. */
export const conversationSummary = conversation.extend({
  /** Kept at the top of the list. */
  pinned: z.boolean(),
  /** The first clips that its questions brought, at most three. */
  clips: z.array(z.object({ id: videoId, name: z.string() })),
});
export type ConversationSummary = z.infer<typeof conversationSummary>;

/** Messages form a tree: an edited question is another child of the same parent. */
export const message = z.object({
  id,
  parentId: id.nullable(),
  role: z.enum(['user', 'assistant']),
  text: z.string(),
  /** Clips shown with a question. */
  videoIds: z.array(videoId),
  createdAt: instant,
  /** How far an answer is; a question is always `done`. */
  state: z.enum(['running', 'done', 'stopped', 'failed', 'interrupted']),
  /** Whether an answer that is `done` ended at its longest length, and could go on. */
  cutOff: z.boolean().default(false),
  /** How often answers like this one are right, 0 to 1; left out where that is not known. */
  confidence: z.number().min(0).max(1).optional(),
  /** The run that wrote an answer. */
  generationId: id.nullable(),
});
export type Message = z.infer<typeof message>;

/** A clip that questions of a conversation brought. */
export const conversationClip = z.object({
  id: videoId,
  /** What it was called when the first of them did. */
  name: z.string(),
  /** Null where the server does not have it (any more). */
  video: videoResource.nullable(),
});
export type ConversationClip = z.infer<typeof conversationClip>;

/** What happens while an answer is made. The last event is `done` or `error`; both bring the whole text. */
export const generationEvent = z.discriminatedUnion('type', [
  progressEvent,
  tokenEvent,
  doneEvent,
  z.object({ type: z.literal('error'), text: z.string(), code: z.string(), message: z.string() }),
]);
export type GenerationEvent = z.infer<typeof generationEvent>;

/**
 * An event in its place: `seq` counts from 1 in each generation. For a slow reader several `token` events become one,
 * with the last one's number: numbers rise, and nothing is missing between them.
 */
export const numberedEvent = z.object({
  conversationId: id,
  generationId: id,
  seq: z.int().positive(),
  event: generationEvent,
});
export type NumberedEvent = z.infer<typeof numberedEvent>;

export type VideoReceipt = ClipReceipt;

/** Clips of one conversation in a file. */
export const maxClips = 1000;
/** Clips that one question brings. */
const clipsAsked = z.array(videoId).max(16);
const title = z.string().trim().min(1).max(200);

/** A conversation as a file, with all its branches; parents come before their children. */
export const conversationFile = z.object({
  format: z.literal(1),
  /** The package that answered. */
  model: z.string().max(200),
  title,
  settings: chatSettings,
  /** What is known of the clips, for people; messages name them by their ids. */
  clips: z
    .array(z.object({ id: videoId, name: z.string().max(1000), seen: clipReceipt.optional() }))
    .max(maxClips),
  messages: z
    .array(
      message.omit({ generationId: true }).extend({ text: z.string().max(200_000), videoIds: clipsAsked }),
    )
    .max(2000),
});
export type ConversationFile = z.infer<typeof conversationFile>;
/** Bytes of one message over the socket, and so of a conversation's file. */
export const maxMessageBytes = 8 * 2 ** 20;

export const requests = {
  /** Encodes a clip before the first question; `video:progress` events report how far it is. */
  'video:prepare': z.object({
    videoId,
    mode: requestedMode.default('stan'),
    frames: frameCount.optional(),
  }),
  /** Cancels the preparation of a clip that this connection asked for; its `video:prepare` fails as `cancelled`. */
  'video:cancel': z.object({ videoId }),
  'conversation:create': z.object({ title: title.optional(), settings: chatSettings.default({}) }),
  /** Pinned ones first, then the newest; `before` is the `updatedAt` of the last one seen, `search` looks for text. */
  'conversation:list': z.object({
    limit: z.int().min(1).max(200).default(50),
    before: instant.optional(),
    search: z.string().max(200).optional(),
  }),
  /** Makes a conversation of a file. Clips that the server does not have are left out. */
  'conversation:import': conversationFile,
  'conversation:read': z.object({ conversationId: id }),
  'conversation:rename': z.object({ conversationId: id, title }),
  /** Keeps a conversation at the top of the list, or no longer. */
  'conversation:pin': z.object({ conversationId: id, pinned: z.boolean() }),
  /** Lets everybody read it, or only its owner again. */
  'conversation:share': z.object({ conversationId: id, shared: z.boolean() }),
  'conversation:delete': z.object({ conversationId: id }),
  /**
   * A question, and its answer begins. `parentId` is the answer it follows, null at the start; an edit names the parent
   * of what it replaces. The same `key` again changes nothing and is answered with what the first one made; with
   * another question it is a `conflict`.
   */
  'message:send': z.object({
    conversationId: id,
    parentId: id.nullable(),
    text: z.string().trim().min(1, 'the question is empty'),
    videoIds: clipsAsked.default([]),
    key: z.string().min(8).max(100),
    settings: answerSettings.default({}),
    /** Goes on without subscribers. */
    detach: z.boolean().default(false),
  }),
  /** Another answer to a question. */
  'message:regenerate': z.object({
    conversationId: id,
    messageId: id,
    key: z.string().min(8).max(100),
    settings: answerSettings.default({}),
    detach: z.boolean().default(false),
  }),
  /** An answer that was stopped, interrupted, cut off or failed in the middle goes on where it was. */
  'message:continue': z.object({
    conversationId: id,
    messageId: id,
    key: z.string().min(8).max(100),
    settings: answerSettings.default({}),
    detach: z.boolean().default(false),
  }),
  /** Deletes a question or an answer with all that follows it on any branch. */
  'message:delete': z.object({ conversationId: id, messageId: id }),
  'generation:stop': z.object({ generationId: id }),
  /** Sends every event after `seq`, and those to come; the sender of the message is subscribed to its answer already. */
  'generation:subscribe': z.object({ generationId: id, after: z.int().nonnegative().default(0) }),
} as const;
export type Requests = { [Name in keyof typeof requests]: z.output<(typeof requests)[Name]> };

export const sent = z.object({ question: message, answer: message });
export const replies = {
  'video:prepare': clipReceipt,
  'video:cancel': z.object({}),
  'conversation:create': z.object({ conversation }),
  'conversation:list': z.object({ conversations: z.array(conversationSummary) }),
  'conversation:import': z.object({ conversation, missingClips: z.int().nonnegative() }),
  'conversation:read': z.object({
    conversation,
    messages: z.array(message),
    clips: z.array(conversationClip),
  }),
  'conversation:rename': z.object({ conversation }),
  'conversation:pin': z.object({}),
  'conversation:share': z.object({ conversation }),
  'conversation:delete': z.object({}),
  'message:send': sent,
  'message:regenerate': sent,
  'message:continue': sent,
  'message:delete': z.object({}),
  'generation:stop': z.object({}),
  'generation:subscribe': z.object({ lastSeq: z.int().nonnegative() }),
} as const;
export type Replies = { [Name in keyof typeof replies]: z.output<(typeof replies)[Name]> };

export const conversationChange = z.object({ conversationId: id });

/** A request's acknowledgement. */
export type Ack<T> = { ok: true; value: T } | { ok: false; error: { code: string; message: string } };

export type ClientToServer = {
  [Name in keyof Requests]: (
    request: z.input<(typeof requests)[Name]>,
    ack: (reply: Ack<Replies[Name]>) => void,
  ) => void;
};

export interface ServerToClient {
  /** What happens to an answer that this client is subscribed to. */
  generation: (event: NumberedEvent) => void;
  /** Progress of a `video:prepare` of this client. */
  'video:progress': (progress: z.infer<typeof progressEvent> & { videoId: string }) => void;
  /** Another client changed or deleted a conversation, or asked something in it. */
  'conversation:changed': (change: z.infer<typeof conversationChange>) => void;
}
