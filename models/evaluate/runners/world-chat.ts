import { progressBar } from '#models/progress.ts';
import { drawClip, isHeldOut, splitRandom } from '#models/world/dataset.ts';
import { judgeAnswer } from '#models/world/judge.ts';
import { canonicalQuestions } from '#models/world/questions.ts';
import type { Scene } from '#models/world/scene.ts';
import { type Accuracy, accuracyOf } from '../accuracy.ts';

/** Shows scenes to a chat server and asks about them. */
export interface SceneChat {
  /** The answer to each question about a scene's clip, every one in a conversation of its own. */
  answers(scene: Scene, questions: readonly string[]): Promise<readonly string[]>;
}

export interface WorldChatOptions {
  readonly clips: number;
  readonly seed: number;
  readonly signal: AbortSignal;
}

interface Verdict {
  readonly scene: Scene;
  readonly type: 'object' | 'colour' | 'direction' | 'still';
  readonly right: boolean;
}

/** Clips asked about at once: one is decoded while another is answered. */
const inFlight = 3;

/** Asks about unseen clips of the demo data set and judges the answers. */
export async function measureWorldChat(
  chat: SceneChat,
  { clips, seed, signal }: WorldChatOptions,
): Promise<Record<string, Accuracy>> {
  const report = progressBar('asking');
  const verdicts: Verdict[] = [];
  let [next, done] = [0, 0];
  const worker = async (): Promise<void> => {
    while (next < clips) {
      signal.throwIfAborted();
      const scene = drawClip(splitRandom('test', seed * 100_000 + next++));
      const truths = canonicalQuestions(scene);
      const answers = await chat.answers(
        scene,
        truths.map(({ question }) => question),
      );
      truths.forEach((truth, i) => {
        const right = judgeAnswer(truth, answers[i] ?? '');
        verdicts.push({ scene, type: kindOfQuestion(truth.type, scene), right });
      });
      report(++done, clips);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return summarise(verdicts);
}

function kindOfQuestion(type: string, { motion }: Scene): Verdict['type'] {
  if (type === 'motion') return motion === 'still' ? 'still' : 'direction';
  return type === 'object' ? 'object' : 'colour';
}

function summarise(verdicts: readonly Verdict[]): Record<string, Accuracy> {
  const of = (wanted: (verdict: Verdict) => boolean): Accuracy =>
    accuracyOf(verdicts.filter(wanted).map(({ right }) => right));
  return {
    colour: of(({ type }) => type === 'colour'),
    object: of(({ type }) => type === 'object'),
    direction: of(({ type }) => type === 'direction'),
    still: of(({ type }) => type === 'still'),
    // pairs of object and colour that no clip in training showed
    directionHeldOut: of(({ type, scene }) => type === 'direction' && isHeldOut(scene)),
  };
}
