import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../errors.ts';

const captionPrompt = z.strictObject({
  name: z.string(),
  /** The question that asks a model for a caption, by the name of its conversation template. */
  questions: z.record(z.string(), z.string().min(1)),
  otherwise: z.string().min(1),
});

const folder = join(import.meta.dirname, '../../../prompts/caption');

/** The question that makes a model with this conversation template describe a clip. Throws `package_invalid`. */
export async function readCaptionPrompt(name: string, template: string): Promise<string> {
  const path = join(folder, `${name}.json`);
  try {
    const { questions, otherwise } = captionPrompt.parse(JSON.parse(await readFile(path, 'utf8')));
    return (Object.hasOwn(questions, template) ? questions[template] : undefined) ?? otherwise;
  } catch (cause) {
    throw new AppError('package_invalid', `prompts/caption/${name}.json is not a caption prompt.`, { cause });
  }
}
