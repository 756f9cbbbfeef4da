import { randomInt } from 'node:crypto';
import type { z } from 'zod';
import type { AnswerReceipt, doneEvent, SamplingSettings, StageTimings, tokenEvent } from '#contract/rest.ts';
import type { VideoTokens } from './types.ts';
import {
  type ClipStage,
  type ClipTimings,
  zeroTimings,
  type Progress,
  type EncodedVideo,
} from './encode-video.ts';

export type AnswerEvent = Progress | z.infer<typeof tokenEvent> | z.infer<typeof doneEvent>;

/** A question with the clips it comes with; the last turn of a talk has no answer yet. */
export interface ChatTurn {
  readonly question: string;
  readonly clips: readonly EncodedVideo[];
  readonly answer?: string | undefined;
  /** How the answer to be made begins, where it goes on with an earlier one. */
  readonly prefill?: string | undefined;
}

/** Settings of one answer; each has a default. */
export interface GenerateOptions extends SamplingSettings {
  /** What the model is told before the first turn, in place of the package's own words. */
  readonly system?: string | undefined;
  /** Tokens are drawn from the likeliest that together have this probability. */
  readonly topP?: number | undefined;
  /** Texts that end the answer and are not part of it. */
  readonly stop?: readonly string[] | undefined;
  /** JSON schema that the answer obeys. */
  readonly jsonSchema?: unknown;
  readonly signal: AbortSignal;
}

/** What answers talks; keeps none of them. */
export interface Language {
  generate(
    turns: readonly (Omit<ChatTurn, 'clips'> & { readonly clips: readonly VideoTokens[] })[],
    options: GenerateOptions,
  ): AsyncIterable<AnswerEvent>;
}

/**
 * The second half of the path: a talk in, the answer to its last question out. The stages of clips that come with that
 * question count towards the timings in the last event, where `firstToken` and `total` run from the start of all the work.
 */
export async function* answerConversation(
  { language, package: from }: { readonly language: Language; readonly package: AnswerReceipt['package'] },
  turns: readonly ChatTurn[],
  options: GenerateOptions,
): AsyncGenerator<AnswerEvent> {
  const watching = encodingTime(turns.at(-1)?.clips ?? []);
  const before = watching.probe + watching.sample + watching.preprocess + watching.encode;
  const start = performance.now();
  const elapsed = () => performance.now() - start;
  let prompt: number | undefined;

  const seed = options.seed ?? randomInt(2 ** 32);
  const receipt = {
    package: from,
    seed,
    clips: turns.flatMap(({ clips }) => clips.map((clip) => clip.receipt)),
  };
  const shown = turns.map((turn) => ({ ...turn, clips: turn.clips.map(({ tokens }) => tokens) }));
  for await (const event of language.generate(shown, { ...options, seed })) {
    if (event.type !== 'progress') prompt ??= elapsed();
    if (event.type !== 'done') {
      yield event;
      continue;
    }
    prompt ??= elapsed();
    const timings: StageTimings = {
      ...watching,
      prompt,
      firstToken: before + prompt,
      total: before + elapsed(),
    };
    yield { ...event, timings, receipt };
  }
}

function encodingTime(clips: readonly EncodedVideo[]): ClipTimings {
  const sum = (stage: ClipStage): number => clips.reduce((total, { timings }) => total + timings[stage], 0);
  return {
    ...zeroTimings,
    probe: sum('probe'),
    sample: sum('sample'),
    preprocess: sum('preprocess'),
    encode: sum('encode'),
  };
}
