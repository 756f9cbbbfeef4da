import type { Random } from '../random.ts';
import { type Language, nounPhrase } from '../scenes/captions.ts';
import * as english from '../scenes/english.ts';
import type { Scene } from '../scenes/scene.ts';
import { distinctThings, isKnown } from '../scenes/truth.ts';
import { knownThings } from '../things/known-things.ts';
import { askWhat } from './about-things.ts';
import type { Exchange } from './exchange.ts';
import { misspell } from './misspell.ts';
import { drawQuestion } from './questions.ts';
import { capitalised, named, whatIsShown } from './sentences.ts';
import { drawCorrection, drawDoubt, drawSmallTalk, noVideo } from './small-talk.ts';

/** One turn of a drawn conversation. `scenes`: indices of the scenes that come with it. */
export interface DrawnTurn extends Exchange {
  readonly scenes: readonly number[];
}

export interface DrawnConversation {
  readonly turns: readonly DrawnTurn[];
}

/** How many turns fit into a training row. */
const maxTurns = 5;

/**
 * A conversation about one scene, about two, or about none, as people have them: mostly questions about what is shown, some
 * small talk, doubts and follow-ups, in one language with an occasional change.
 */
export function drawConversation(scenes: readonly [Scene, Scene], random: Random): DrawnConversation {
  const kind = random.uniform();
  const language: Language = random.chance(0.25) ? 'vi' : 'en';
  if (kind < 0.04) return { turns: withoutVideo(scenes[0], random, language).map(typed(random)) };
  if (kind < 0.2) return { turns: aboutTwo(scenes, random, language).map(typed(random)) };
  return { turns: aboutOne(scenes[0], random, language).map(typed(random)) };
}

function typed(random: Random): (turn: DrawnTurn) => DrawnTurn {
  return (turn) => ({ ...turn, question: misspell(turn.question, random) });
}

function withoutVideo(scene: Scene, random: Random, language: Language): DrawnTurn[] {
  const asked = random.chance(0.5)
    ? drawSmallTalk(random, language)
    : { ...drawQuestion(scene, random, language), answer: noVideo[language], topic: 'unknowable' as const };
  return [{ ...asked, scenes: [] }];
}

function aboutOne(scene: Scene, random: Random, language: Language): DrawnTurn[] {
  const turns: Exchange[] = [];
  const length = random.int(2, maxTurns + 1);
  while (turns.length < length) {
    const last = turns.at(-1);
    const kind = random.uniform();
    const spoken: Language = random.chance(0.05) ? (language === 'en' ? 'vi' : 'en') : language;
    if (kind < 0.14) turns.push(drawSmallTalk(random, spoken));
    else if (kind < 0.2 && last !== undefined && isAboutScene(last)) turns.push(drawDoubt(random, last));
    else if (kind < 0.24 && last !== undefined && isAboutScene(last)) {
      const wrong = random.pick(knownThings);
      const noun = last.language === 'en' ? english.aThing(wrong) : wrong.vietnamese;
      turns.push(drawCorrection(random, last, noun, shownNouns(scene, last.language)));
    } else turns.push(drawQuestion(scene, random, spoken));
  }
  return turns.map((turn, i) => ({ ...turn, scenes: i === 0 ? [0] : [] }));
}

function isAboutScene({ topic }: Exchange): boolean {
  return topic !== 'small talk' && topic !== 'unknowable' && topic !== 'check';
}

function shownNouns(scene: Scene, language: Language): string {
  return distinctThings(scene)
    .map((shown) => named(scene, shown, language))
    .join(language === 'en' ? ' and ' : ' và ');
}

/** Two clips, together or one after the other. A question that names none is about the newest. */
function aboutTwo([first, second]: readonly [Scene, Scene], random: Random, language: Language): DrawnTurn[] {
  const together = random.chance(0.5);
  const turns: DrawnTurn[] = [];
  if (!together) {
    const opening = random.chance(0.5) ? askWhat(first, random, language) : undefined;
    turns.push({ ...(opening ?? drawQuestion(first, random, language)), scenes: [0] });
  }
  const brought = together ? [0, 1] : [1];
  const ask = [
    () => compare(first, second, random, language),
    () => ofOne(first, second, random, language),
    () => ofOne(first, second, random, language),
    () => drawQuestion(second, random, language),
  ];
  const length = random.int(2, 4);
  for (let turn = 0; turn < length; turn++) {
    // after clips came together no question is about "the newest"
    const kinds = together ? ask.slice(0, 3) : ask;
    turns.push({ ...random.pick(kinds)(), scenes: turn === 0 ? brought : [] });
  }
  return turns;
}

/** A question that names the first or the second clip. */
function ofOne(first: Scene, second: Scene, random: Random, language: Language): Exchange {
  const isFirst = random.chance(0.5);
  const about = drawQuestion(isFirst ? first : second, random, language);
  const which = language === 'en' ? (isFirst ? 'first' : 'second') : isFirst ? 'thứ nhất' : 'thứ hai';
  const inIt =
    language === 'en'
      ? random.pick([`in the ${which} video`, `in the ${which} clip`, `in the ${which} one`])
      : `trong video ${which}`;
  const [, body = about.question, mark = ''] = /^(.*?)([?.!]?)$/.exec(about.question) ?? [];
  const question = random.chance(0.5)
    ? `${body} ${inIt}${mark}`
    : `${capitalised(inIt)}, ${body.charAt(0).toLowerCase()}${body.slice(1)}${mark}`;
  return {
    ...about,
    question: body.includes('video') ? `${capitalised(inIt)}: ${about.question}` : question,
  };
}

function compare(first: Scene, second: Scene, random: Random, language: Language): Exchange {
  const scenes = [first, second];
  const index = random.int(0, 2);
  const shown = random.pick(distinctThings(scenes[index] ?? first));
  const ids = scenes.map((scene) => new Set(distinctThings(scene).map(({ thing }) => thing.id)));
  const ordinal = language === 'en' ? ['The first.', 'The second.'] : ['Video thứ nhất.', 'Video thứ hai.'];
  const isOnlyHere = isKnown(shown) && !(ids[1 - index]?.has(shown.thing.id) ?? false);
  if (isOnlyHere && random.chance(0.6)) {
    const noun = nounPhrase(scenes[index] ?? first, { ...shown, colour: undefined }, language);
    const question =
      language === 'en'
        ? random.pick([`Which video shows ${noun}?`, `In which one is there ${noun}?`])
        : `Video nào có ${noun}?`;
    return { topic: 'which', language, question, answer: ordinal[index] ?? '' };
  }
  const [a, b] = scenes.map((scene) => whatIsShown(scene, language));
  const question =
    language === 'en'
      ? random.pick(['What do the two videos show?', 'What is in each video?', 'Compare the two videos.'])
      : 'Hai video có gì?';
  const answer = language === 'en' ? `First: ${a} Second: ${b}` : `Thứ nhất: ${a} Thứ hai: ${b}`;
  return { topic: 'description', language, question, answer };
}
