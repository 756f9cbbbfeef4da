import type { Random } from '../random.ts';
import type { Language } from '../scenes/captions.ts';
import type { Scene } from '../scenes/scene.ts';
import { askEither, askMotion, askOrder, askPlace, askWhichMoves } from './about-events.ts';
import { askColour, askCount, askDescription, askGroup, askWhat, askWhichGroup } from './about-things.ts';
import type { Exchange } from './exchange.ts';
import {
  areThereSeveral,
  doesItDo,
  isItColour,
  isItGroup,
  isItInOrder,
  isItPlaced,
  isItThing,
  isThereThing,
} from './yes-no.ts';

type Ask = (scene: Scene, random: Random, language: Language) => Exchange | undefined;

/** Every kind of question about a scene, and how often it is drawn. */
const kinds: readonly (readonly [ask: Ask, weight: number])[] = [
  [askWhat, 4],
  [askDescription, 4],
  [askGroup, 1],
  [askColour, 3],
  [askCount, 2],
  [askWhichGroup, 1],
  [askMotion, 4],
  [askOrder, 3],
  [askWhichMoves, 3],
  [askPlace, 3],
  [askEither, 1],
  [isItThing, 2],
  [isThereThing, 2],
  [isItColour, 2],
  [isItGroup, 1],
  [doesItDo, 2],
  [isItInOrder, 2],
  [areThereSeveral, 1],
  [isItPlaced, 2],
];
const drawn = kinds.flatMap(([ask, weight]) => Array.from({ length: weight }, () => ask));

/** A question about a scene that has an answer there. */
export function drawQuestion(scene: Scene, random: Random, language: Language): Exchange {
  for (let attempt = 0; attempt < 50; attempt++) {
    const exchange = random.pick(drawn)(scene, random, language);
    if (exchange !== undefined) return exchange;
  }
  return askAlways(scene, random, language);
}

function askAlways(scene: Scene, random: Random, language: Language): Exchange {
  const exchange = askDescription(scene, random, language);
  if (exchange === undefined) throw new RangeError('every scene can be described');
  return exchange;
}

/** Draws that find each way in which a kind of question can be asked. */
const ways = 32;

/** One question of each kind that has an answer there. The order of the vocabulary depends on its draws. */
export function allQuestions(scene: Scene, random: Random, language: Language): Exchange[] {
  return kinds.flatMap(([ask]) => ask(scene, random, language) ?? []);
}

/** As `allQuestions`, in each of their ways: a yes/no question with either answer, an order and a place from both ends. */
export function questionsAllWays(scene: Scene, random: Random, language: Language): Exchange[] {
  return kinds.flatMap(([ask]) => {
    const found = new Map<string, Exchange>();
    for (let draw = 0; draw < ways; draw++) {
      const exchange = ask(scene, random, language);
      if (exchange === undefined) return [];
      const way = wayOf(exchange);
      if (!found.has(way)) found.set(way, exchange);
    }
    return [...found.values()];
  });
}

function wayOf({ topic, claims, answer }: Exchange): string {
  if (topic === 'yes-no') return `${claims}`;
  return topic === 'order' || topic === 'place' ? answer : '';
}
