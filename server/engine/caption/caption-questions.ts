import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '#errors';

const captionPrompt = z.strictObject({
  /** What callers name the style by. */
  name: z.string(),
  /** The question that asks a model for it, by the name of its conversation template; null where it cannot answer. */
  questions: z.record(z.string(), z.string().min(1).nullable()),
  otherwise: z.string().min(1),
});

const folder = join(import.meta.dirname, '../../../prompts/caption');

/** For each style, the question that makes a model with this conversation template describe a clip. Throws `package_invalid`. */
export async function readCaptionQuestions(template: string): Promise<ReadonlyMap<string, string>> {
  const questions = new Map<string, string>();
  for (const file of (await readdir(folder)).sort()) {
    const prompt = await readPrompt(file);
    const own = Object.hasOwn(prompt.questions, template) ? prompt.questions[template] : undefined;
    const question = own === undefined ? prompt.otherwise : own;
    if (question !== null) questions.set(prompt.name, question);
  }
  return questions;
}

async function readPrompt(file: string): Promise<z.infer<typeof captionPrompt>> {
  try {
    return captionPrompt.parse(JSON.parse(await readFile(join(folder, file), 'utf8')));
  } catch (cause) {
    throw new AppError('package_invalid', `prompts/caption/${file} is not a caption prompt.`, { cause });
  }
}
