import { parseArgs } from 'node:util';
import { z } from 'zod';
import { readConfig } from '#config';
import { frameOrder, requestedMode, samplingSettings, type StageTimings } from '#contract/rest.ts';
import { loadEngine } from '#engine/load-engine.ts';
import { ClipConversation } from '#engine/conversation.ts';
import { AppError } from '#errors';
import { parseRequest } from '#core/parse-request.ts';
import { runCommand } from './run-command.ts';

const usage =
  'npm run -s ask -- CLIP "QUESTION" [--plain] [--frames T] [--order forward|reverse|shuffle] [--package DIR] [--temperature X] [--seed N] [--max-tokens N] [--json]';

const call = z.object({
  clip: z.string({ error: 'no clip is named' }),
  question: z.string({ error: 'no question is asked' }).trim().min(1, 'the question is empty'),
  frames: z.coerce.number().pipe(z.int().min(1).max(64)).optional(),
  order: frameOrder.optional(),
  temperature: z.coerce.number().pipe(samplingSettings.shape.temperature.unwrap()).optional(),
  seed: z.coerce.number().pipe(samplingSettings.shape.seed.unwrap()).optional(),
  maxTokens: z.coerce.number().pipe(samplingSettings.shape.maxTokens.unwrap()).optional(),
  package: z.string().optional(),
  plain: z.boolean(),
  mode: requestedMode.optional(),
  json: z.boolean(),
});

function readCall(): z.infer<typeof call> {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        plain: { type: 'boolean', default: false },
        mode: { type: 'string' },
        json: { type: 'boolean', default: false },
        frames: { type: 'string' },
        order: { type: 'string' },
        temperature: { type: 'string' },
        seed: { type: 'string' },
        'max-tokens': { type: 'string' },
        package: { type: 'string' },
      },
    });
    const [clip, question, ...rest] = positionals;
    if (rest.length > 0) throw new Error(`"${rest[0]}" is one word too many; put the question in quotes`);
    return parseRequest(call, { ...values, maxTokens: values['max-tokens'], clip, question });
  } catch (cause) {
    const [problem] = cause instanceof Error ? cause.message.split('. ') : [];
    throw new AppError('invalid_request', `${problem}. Usage: ${usage}`, { cause });
  }
}

await runCommand(async function ask(signal) {
  const config = readConfig([], process.env);
  const {
    clip,
    question,
    json,
    plain,
    mode = plain ? 'plain' : 'stan',
    frames,
    order,
    package: folder = config.modelPackage,
    ...sampling
  } = readCall();
  const engine = await loadEngine(folder, { ...config, signal, parallelConversations: 1 });
  try {
    const conversation = await ClipConversation.open(engine, { path: clip }, { mode, frames, order, signal });
    for await (const event of conversation.ask(question, { ...sampling, signal })) {
      if (event.type === 'token' && !json) process.stdout.write(event.text);
      if (event.type !== 'done') continue;
      signal.throwIfAborted();
      const { videoTokens, frames: seconds } = conversation;
      const report = {
        answer: event.text,
        mode,
        videoTokens,
        frames: seconds,
        timings: rounded(event.timings),
      };
      process.stdout.write(json ? `${JSON.stringify(report)}\n` : '\n');
    }
  } finally {
    await engine.dispose();
  }
});

/** Hundredths of a millisecond are enough for anyone. */
function rounded(timings: StageTimings | undefined): Record<string, number> {
  const entries = Object.entries(timings ?? {});
  return Object.fromEntries(entries.map(([stage, ms]) => [stage, Math.round(ms * 100) / 100]));
}
