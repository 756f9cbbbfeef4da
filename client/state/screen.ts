import type { z } from 'zod';
import type { ClipReceipt, encoderMode, requestedMode, frameOrder, VideoResource } from '#contract/rest.ts';
import type { MatchReply } from '#contract/search.ts';
import type { Failure } from './failure.ts';
import { runningAnswer, type OpenConversation, type Work } from './conversation.ts';

export type EncoderMode = z.infer<typeof requestedMode>;
/** With the branch or without it: what is compared. */
export type BranchMode = Extract<z.infer<typeof encoderMode>, 'stan' | 'plain'>;
export type FrameOrder = z.infer<typeof frameOrder>;

/** A clip as this browser plays it: the local file while it is uploaded, or the server's copy. */
export interface PlayedClip {
  readonly name: string;
  readonly url: string;
  /** A GIF plays as a picture. */
  readonly picture: boolean;
}

/** A clip on its way to the server. */
export interface UploadProgress {
  readonly name: string;
  /** Bytes that have arrived, of those there are. */
  readonly sent: number;
  readonly total: number;
  /** Since the beginning, pauses included. */
  readonly bytesPerSecond: number;
}

/** A clip of a conversation. */
export interface ShownClip {
  readonly played: PlayedClip;
  readonly video: VideoResource;
  /** What the model saw, once it has looked. */
  readonly receipt?: ClipReceipt;
}

export type Screen = StartScreen | UploadScreen | ChatScreen;

export interface StartScreen {
  readonly at: 'start';
  readonly failure?: Failure;
}

export interface UploadScreen {
  readonly at: 'upload';
  readonly clip: PlayedClip;
  readonly upload: UploadProgress;
}

/** Something that was asked for: neither while it is on its way. */
export interface Found<T> {
  readonly value?: T;
  readonly failure?: Failure;
}

/** What was found out about a question, beside its answer. */
export interface Findings {
  /** The answers with the video branch and without it. */
  readonly compared?: Found<Readonly<Record<BranchMode, string>>>;
  /** The same for the clip as it is, backwards, and with its frames shuffled. */
  readonly ordered?: Found<Readonly<Record<BranchMode, Readonly<Record<FrameOrder, string>>>>>;
  /** Which frames match the question's words, and which words matter. */
  readonly matched?: Found<MatchReply>;
}

export interface ChatScreen {
  readonly at: 'chat';
  /** Those of the conversation that the server still has, in the order in which they came. */
  readonly clips: readonly ShownClip[];
  /** Names of those that it has no more. */
  readonly missingClips: readonly string[];
  /** The clip beside the conversation, by its id. */
  readonly shown?: string;
  /** Clips that the next question brings, by their ids. */
  readonly pendingClips: readonly string[];
  /** A further clip on its way. */
  readonly upload?: UploadProgress;
  readonly mode: EncoderMode;
  /** Absent until the first question. */
  readonly conversation?: OpenConversation;
  /** A question on its way to the server. */
  readonly asking?: string;
  readonly work?: Work;
  /** By the questions' ids. */
  readonly findings: ReadonlyMap<string, Findings>;
  /** The question whose words shade the film strip. */
  readonly shadedBy?: string;
  readonly failure?: Failure;
}

/** A conversation still to be had about these clips; the last one is shown. */
export function chatAbout(clips: readonly ShownClip[], mode: EncoderMode): ChatScreen {
  const ids = clips.map(({ video }) => video.id);
  const shown = ids.at(-1);
  return {
    at: 'chat',
    clips,
    missingClips: [],
    pendingClips: ids,
    mode,
    findings: new Map(),
    ...(shown !== undefined && { shown }),
  };
}

/** Whether an answer is on its way. */
export function isBusy({ conversation, asking }: ChatScreen): boolean {
  return asking !== undefined || (conversation !== undefined && runningAnswer(conversation) !== undefined);
}

/** Whether the model has seen all there is to see. */
export function isPrepared({ clips, upload }: ChatScreen): boolean {
  return upload === undefined && clips.every(({ receipt }) => receipt !== undefined);
}

export function shownClip({ clips, shown }: ChatScreen): ShownClip | undefined {
  return clips.find(({ video }) => video.id === shown);
}

/** Nothing is being worked on any more. */
export function atRest({ work: _ended, ...chat }: ChatScreen): ChatScreen {
  return chat;
}
