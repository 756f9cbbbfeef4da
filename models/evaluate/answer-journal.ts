import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const line = z.object({ key: z.string(), answer: z.string() });

/** Answers of earlier runs, so that one that was killed goes on where it was: a file to which a line is added for each. */
export class AnswerJournal {
  readonly #path: string;
  readonly #answers: Map<string, string>;

  private constructor(path: string, answers: Map<string, string>) {
    this.#path = path;
    this.#answers = answers;
  }

  static async open(folder: string): Promise<AnswerJournal> {
    await mkdir(folder, { recursive: true });
    const path = join(folder, 'answers.jsonl');
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
      throw error;
    });
    const entries = text.split('\n').flatMap((each) => readLine(each));
    return new AnswerJournal(path, new Map(entries.map(({ key, answer }) => [key, answer])));
  }

  /** The answer to what `facts` name in full, from the file or else by asking. */
  async answer(facts: readonly unknown[], ask: () => Promise<string>): Promise<string> {
    const key = createHash('sha256').update(JSON.stringify(facts)).digest('hex');
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = await ask();
    this.#answers.set(key, answer);
    // begins with a line end, so that a line cut off by a kill spoils no other
    await appendFile(this.#path, `\n${JSON.stringify({ key, answer })}`);
    return answer;
  }
}

function readLine(text: string): z.infer<typeof line>[] {
  try {
    const read = line.safeParse(JSON.parse(text));
    return read.success ? [read.data] : [];
  } catch {
    return [];
  }
}
