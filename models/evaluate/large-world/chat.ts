import { progressBar } from '#models/progress.ts';
import type { Clip } from '#models/world/scenes/scene.ts';
import { type Accuracy, accuracyOf } from '../accuracy.ts';
import { drawCases } from './cases.ts';

/** An answer, and the probability of its least likely token. */
export interface Said {
  readonly text: string;
  readonly probability: number;
}

/** Shows clips of the large world to a chat server and asks about them. */
export interface ClipChat {
  /** The answer to each question about these clips, every one in a conversation of its own. */
  answers(clips: readonly Clip[], questions: readonly string[]): Promise<readonly Said[]>;
}

export interface LargeWorldOptions {
  /** Names the stream of draws; training has others. */
  readonly stream: string;
  /** Clips of each row. */
  readonly count: number;
  readonly signal: AbortSignal;
}

export interface ChatFigures {
  readonly rows: Readonly<Record<string, Accuracy>>;
  /** For calibration: how sure each answer was, and whether it was right. */
  readonly samples: readonly { readonly probability: number; readonly right: boolean }[];
}

/** Cases asked at once: one is decoded while another is answered. */
const inFlight = 3;

/** Asks about unseen clips of the large world and judges the answers, a row for each kind of question. */
export async function measureChat(
  chat: ClipChat,
  { stream, count, signal }: LargeWorldOptions,
): Promise<ChatFigures> {
  const cases = drawCases(stream, count);
  const report = progressBar('asking');
  const rows = new Map<string, boolean[]>();
  const samples: { probability: number; right: boolean }[] = [];
  let [next, done] = [0, 0];
  const worker = async (): Promise<void> => {
    for (let one = cases[next++]; one !== undefined; one = cases[next++]) {
      signal.throwIfAborted();
      const answers = await chat.answers(
        one.clips,
        one.asked.map(({ question }) => question),
      );
      for (const [index, { verdicts }] of one.asked.entries()) {
        const { text, probability } = answers[index] ?? { text: '', probability: 0 };
        const judged = verdicts(text);
        for (const { row, right } of judged) rows.set(row, [...(rows.get(row) ?? []), right]);
        const [first] = judged;
        if (first !== undefined) samples.push({ probability, right: first.right });
      }
      report(++done, cases.length);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return {
    rows: Object.fromEntries([...rows].map(([row, verdicts]) => [row, accuracyOf(verdicts)])),
    samples,
  };
}
