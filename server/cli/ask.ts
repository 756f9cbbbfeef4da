import { resolve } from 'node:path';
import { z } from 'zod';
import { readConfig } from '#config';
import {
  frameCount,
  frameOrder,
  requestedMode,
  samplingSettings,
  type StageTimings,
} from '#contract/rest.ts';
import { newCommand, parsedBy } from '#core/command-line.ts';
import { loadEngine } from '#engine/load-engine.ts';
import type { Engine } from '#engine/engine.ts';
import type { DoneEvent } from '#engine/events.ts';
import type { ClipSource } from '#engine/types.ts';
import { hashFile } from '#models/package/file-hash.ts';

const { temperature, seed, maxTokens } = samplingSettings.shape;
const number = <S extends z.ZodType<number, number>>(schema: S) => parsedBy(z.coerce.number().pipe(schema));

const second = number(z.number().nonnegative());

/** `ask CLIP QUESTION`: answers one question about one clip, without a server. */
export function askCommand(signal: AbortSignal) {
  return newCommand('ask', 'Answers one question about one clip.')
    .argument('<clip>', 'a video file')
    .argument('<question>', 'in quotes', parsedBy(z.string().trim().min(1, 'The question is empty.')))
    .option('--plain', 'without the video branch', false)
    .option('--mode <mode>', `one of ${requestedMode.options.join(', ')} (stan)`, parsedBy(requestedMode))
    .option('--frames <T>', "frames of the clip, 1 to 64 (the package's number)", number(frameCount))
    .option('--order <order>', 'forward, reverse or shuffle: the order of the frames', parsedBy(frameOrder))
    .option('--start <s>', 'only from this second on', second)
    .option('--end <s>', 'only up to this second', second)
    .option('--package <dir>', 'model package (MODEL_PACKAGE)')
    .option('--temperature <x>', '0 to 2', number(temperature.unwrap()))
    .option('--seed <n>', 'makes sampling repeatable', number(seed.unwrap()))
    .option('--max-tokens <n>', 'longest answer', number(maxTokens.unwrap()))
    .option('--json', 'prints answer, frames and timings as JSON', false)
    .action(
      async (
        clip,
        question,
        {
          package: folder,
          plain,
          mode = plain ? 'plain' : 'stan',
          json,
          frames,
          order,
          start,
          end,
          ...sampling
        },
      ) => {
        const config = readConfig({}, process.env);
        const modelPackage = folder ?? config.modelPackage;
        const engine = await loadEngine(modelPackage, { ...config, signal, parallelConversations: 1 });
        try {
          const source = await openClip(engine, resolve(clip), signal);
          const seen = { mode, frames, order, start, end };
          const turns = [{ question, clips: [source] }];
          for await (const event of engine.answer(turns, { ...seen, ...sampling, signal })) {
            if (event.type === 'token' && !json) process.stdout.write(event.text);
            if (event.type !== 'done') continue;
            signal.throwIfAborted();
            process.stdout.write(json ? `${JSON.stringify(reportOf(event, mode))}\n` : '\n');
          }
        } finally {
          await engine.dispose();
        }
      },
    );
}

/** A clip with its facts; a long one is cut where its picture changes, so that its segments are scenes. */
async function openClip(engine: Engine, path: string, signal: AbortSignal): Promise<ClipSource> {
  const sha256 = await hashFile(path, signal);
  const source = { path, sha256, facts: await engine.probe({ path, sha256 }, { signal }) };
  if (engine.longClips.isLong(source)) await engine.longClips.cut(source, { signal });
  return source;
}

/** What the answer was made from; `segments` are those that a long clip was shown by. */
function reportOf({ text, timings, receipt }: DoneEvent, mode: string) {
  const clips = receipt?.clips ?? [];
  const segments = clips.flatMap(({ part, score }) => (part === undefined ? [] : { ...part, score }));
  return {
    answer: text,
    mode,
    videoTokens: {
      count: clips.reduce((sum, { videoTokens }) => sum + videoTokens.count, 0),
      width: clips[0]?.videoTokens.width ?? 0,
    },
    frames: clips.flatMap(({ frames }) => frames),
    ...(segments.length > 0 && { segments }),
    timings: rounded(timings),
  };
}

/** Hundredths of a millisecond are enough for anyone. */
function rounded(timings: StageTimings | undefined): Record<string, number> {
  const entries = Object.entries(timings ?? {});
  return Object.fromEntries(entries.map(([stage, ms]) => [stage, Math.round(ms * 100) / 100]));
}
