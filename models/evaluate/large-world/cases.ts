import { questionsAllWays } from '#models/world/dialogue/questions.ts';
import type { Exchange } from '#models/world/dialogue/exchange.ts';
import { noWord } from '#models/world/dialogue/sentences.ts';
import { type Random, randomFrom } from '#models/world/random.ts';
import { drawClip, type Wanted } from '#models/world/scenes/draw-scene.ts';
import * as english from '#models/world/scenes/english.ts';
import { eventKinds, eventPairs } from '#models/world/scenes/events.ts';
import type { Clip } from '#models/world/scenes/scene.ts';
import { coloursIn, isRight, nounsIn } from './judge.ts';

/** A question about clips, and the rows of the table that its answer counts for. */
export interface Asked {
  readonly question: string;
  /** What is true. */
  readonly answer: string;
  readonly verdicts: (said: string) => readonly Verdict[];
}

export interface Verdict {
  readonly row: string;
  readonly right: boolean;
}

/** Clips that are asked about together, the first one first. */
export interface Case {
  readonly clips: readonly Clip[];
  readonly asked: readonly Asked[];
}

const one: Wanted = { subject: 'one', unknown: 0 };
const stories = [[], ...eventKinds.map((kind) => [kind])];

/** Unseen clips of the large world with questions, `count` for each row but events, which have an eighth each. */
export function drawCases(stream: string, count: number): Case[] {
  const set = (name: string, number: number, draw: (random: Random, index: number) => Case): Case[] => {
    const random = randomFrom(`${stream}/${name}`);
    return Array.from({ length: number }, (_, index) => draw(random, index));
  };
  const eventClips = stories.length * Math.ceil(count / 8);
  return [
    ...set('nouns', count, (random) =>
      caseOf(drawClip(random, one, 0), random, (exchange) => rowsOfThing(exchange, 'noun, one thing')),
    ),
    ...set('unseen style', count, (random) =>
      caseOf(drawClip(random, { ...one, styles: ['openmoji'] }, 0), random, ({ topic }) =>
        topic === 'what' ? ['noun, unseen style'] : [],
      ),
    ),
    ...set('count', count, (random) =>
      caseOf(drawClip(random, { subject: 'copies', unknown: 0 }, 0), random, ({ topic }) =>
        topic === 'count' ? ['count'] : [],
      ),
    ),
    ...set('place', count, (random) =>
      caseOf(drawClip(random, { subject: 'placement', unknown: 0 }, 0), random, ({ topic }) =>
        topic === 'place' ? ['place'] : [],
      ),
    ),
    ...set('events', eventClips, (random, index) => {
      const story = stories[index % stories.length] ?? [];
      const row = `event: ${english.participles(story)}`;
      return caseOf(drawClip(random, { ...one, story }, 0), random, ({ topic }) =>
        topic === 'motion' ? [row, 'events, all'] : [],
      );
    }),
    ...set('order', count, (random) =>
      caseOf(drawClip(random, { story: random.pick(eventPairs), unknown: 0 }, 0), random, ({ topic }) =>
        topic === 'order' ? ['order of two events'] : [],
      ),
    ),
    ...set('unknown', count, (random) => unknownCase(random)),
    ...set('two clips', count, (random) => twoClips(random)),
  ];
}

function caseOf(clip: Clip, random: Random, rows: (exchange: Exchange) => readonly string[]): Case {
  const asked = questionsAllWays(clip.scene, random, 'en').flatMap((exchange) => {
    const own = rows(exchange);
    if (own.length === 0) return [];
    const verdicts = (said: string): Verdict[] =>
      own.map((row) => ({
        row,
        right: row === refusedRow ? nounsIn(said).length === 0 : isRight(exchange, said),
      }));
    return { question: exchange.question, answer: exchange.answer, verdicts };
  });
  return { clips: [clip], asked };
}

/** Counts the wrong: a known thing for which no noun is said. */
const refusedRow = 'known things refused (less is better)';

function rowsOfThing({ topic, claims, answer }: Exchange, noun: string): string[] {
  if (topic === 'what') return [noun, refusedRow];
  if (topic === 'colour') return coloursIn(answer).length > 0 ? ['colour'] : [];
  if (topic === 'yes-no' && claims !== undefined) return [claims ? 'yes/no, true' : 'yes/no, false'];
  return [];
}

function unknownCase(random: Random): Case {
  const clip = drawClip(random, { subject: 'one', unknown: 1, unknownSplit: 'test' }, 0);
  const verdicts = (said: string): Verdict[] => [
    { row: 'unknown things not named', right: nounsIn(said).length === 0 },
  ];
  return { clips: [clip], asked: [{ question: 'What is in the video?', answer: noWord.en, verdicts }] };
}

function twoClips(random: Random): Case {
  const clips = [drawClip(random, one, 0), drawClip(random, one, 0)];
  const asked = ['first', 'second'].map((which, index) => {
    const thing = clips[index]?.scene.things[0]?.thing.id ?? '';
    const verdicts = (said: string): Verdict[] => [
      { row: 'two clips', right: nounsIn(said).join() === thing },
    ];
    return { question: `What is in the ${which} video?`, answer: `It is ${thing}.`, verdicts };
  });
  return { clips, asked };
}
