import type { z } from 'zod';
import type { ClipReceipt, encoderMode, VideoResource } from '../../server/contract.ts';
import type { Failure } from './failure.ts';
import { runningAnswer, type Talk, type Work } from './talk.ts';

export type EncoderMode = z.infer<typeof encoderMode>;

/** A clip as this browser plays it: the local file while it is uploaded, or the server's copy. */
export interface PlayedClip {
  readonly name: string;
  readonly url: string;
  /** A GIF plays as a picture. */
  readonly picture: boolean;
}

export type Screen = { readonly at: 'start'; readonly failure?: Failure } | UploadScreen | ChatScreen;

export interface UploadScreen {
  readonly at: 'upload';
  readonly clip: PlayedClip;
  /** Bytes that have arrived, of those there are. */
  readonly sent: number;
  readonly total: number;
  /** Since the beginning, pauses included. */
  readonly bytesPerSecond: number;
}

/** Both answers to a question; neither while they are on their way. */
export interface Compared {
  readonly answers?: Readonly<Record<EncoderMode, string>>;
  readonly failure?: Failure;
}

export interface ChatScreen {
  readonly at: 'chat';
  readonly clip: PlayedClip;
  readonly video: VideoResource;
  readonly mode: EncoderMode;
  /** Absent until the first question. */
  readonly talk?: Talk;
  /** A question on its way to the server. */
  readonly asking?: string;
  readonly work?: Work;
  /** Questions that were asked in both ways, by their ids. */
  readonly compared: ReadonlyMap<string, Compared>;
  /** What the model saw, once it has looked. */
  readonly seen?: ClipReceipt;
  readonly failure?: Failure;
}

/** Whether an answer is on its way. */
export function isBusy({ talk, asking }: ChatScreen): boolean {
  return asking !== undefined || (talk !== undefined && runningAnswer(talk) !== undefined);
}

/** Nothing is being worked on any more. */
export function atRest({ work: _ended, ...chat }: ChatScreen): ChatScreen {
  return chat;
}
