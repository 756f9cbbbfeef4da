import type { z } from 'zod';
import type { ClipReceipt, encoderMode, requestedMode, frameOrder, VideoResource } from '#contract/rest.ts';
import type { MatchReply } from '#contract/search.ts';
import type { ClipPart } from './clip-part.ts';
import { runningAnswer, type OpenConversation, type Work } from './conversation.ts';
import type { Failure } from './failure.ts';

export type EncoderMode = z.infer<typeof requestedMode>;
/** With the branch or without it: what is compared. */
export type BranchMode = Extract<z.infer<typeof encoderMode>, 'stan' | 'plain'>;
export type FrameOrder = z.infer<typeof frameOrder>;

/** A clip as this browser plays it: the local file after an upload, or the server's copy. */
export interface PlayedClip {
  readonly name: string;
  readonly url: string;
  /** A GIF plays as a picture. */
  readonly picture: boolean;
}

/** A clip on its way to the server. */
export interface UploadProgress {
  readonly id: string;
  readonly played: PlayedClip;
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
  /** What the model saw, once the server has encoded the clip in the chosen mode. */
  readonly receipt?: ClipReceipt;
  /** The server could not encode it: nothing waits for it any more. */
  readonly isUnreadable?: boolean;
}

export type Screen = StartScreen | ClipsScreen | ChatScreen;

export interface StartScreen {
  readonly at: 'start';
  readonly failure?: Failure;
}

/** The clips that the server keeps. */
export interface ClipsScreen {
  readonly at: 'clips';
  readonly failure?: Failure;
}

/** Something that was requested: neither while it is on its way. */
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
  /** Names of those that it no longer has. */
  readonly missingClips: readonly string[];
  /** The clip beside the conversation, by its id. */
  readonly shown?: string;
  /** Clips that the next question brings, by their ids. */
  readonly included: readonly string[];
  /** The part of a clip that the next question is about; all of each clip where there is none. */
  readonly part?: ClipPart;
  /** Parts that questions of this visit were about, by the questions' ids. */
  readonly parts: ReadonlyMap<string, ClipPart>;
  readonly uploads: readonly UploadProgress[];
  /** How the next question has the clips encoded. */
  readonly mode: EncoderMode;
  /** Absent until the first question. */
  readonly conversation?: OpenConversation;
  /** Key of the request that is on its way to the server. */
  readonly sending?: string;
  /** The answer is to be stopped as soon as the server names it. */
  readonly isStopping?: boolean;
  /** The question that is being edited, by its id. */
  readonly editing?: string;
  readonly work?: Work;
  /** By the questions' ids. */
  readonly findings: ReadonlyMap<string, Findings>;
  /** The question whose words shade the film strip. */
  readonly shadedBy?: string;
  readonly failure?: Failure;
}

/** A new conversation about these clips; the last one is shown. */
export function chatAbout(clips: readonly ShownClip[], mode: EncoderMode): ChatScreen {
  const ids = clips.map(({ video }) => video.id);
  const shown = ids.at(-1);
  return {
    at: 'chat',
    clips,
    missingClips: [],
    included: ids,
    parts: new Map(),
    uploads: [],
    mode,
    findings: new Map(),
    ...(shown !== undefined && { shown }),
  };
}

/** Whether an answer is on its way. */
export function isBusy({ conversation, sending }: ChatScreen): boolean {
  return sending !== undefined || (conversation !== undefined && runningAnswer(conversation) !== undefined);
}

/** Whether every clip is on the server and encoded, or cannot be. */
export function isPrepared({ clips, uploads }: ChatScreen): boolean {
  return (
    uploads.length === 0 && clips.every(({ receipt, isUnreadable }) => receipt !== undefined || isUnreadable)
  );
}

export function shownClip({ clips, shown }: ChatScreen): ShownClip | undefined {
  return clips.find(({ video }) => video.id === shown);
}

/** Nothing is being worked on any more. */
export function atRest({ work: _ended, ...chat }: ChatScreen): ChatScreen {
  return chat;
}

/** What a label says about a clip: its place in the conversation, from 0, which gives it its letter and colour. */
export function clipIndex({ clips }: ChatScreen, videoId: string): number {
  return clips.findIndex(({ video }) => video.id === videoId);
}
