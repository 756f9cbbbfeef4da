import type { Random } from '../random.ts';
import type { ColourName } from '../things/colours.ts';
import { vietnameseGroup } from '../things/groups.ts';
import type { KnownThing } from '../things/thing.ts';
import { captionClaim, captionFor, type Language, nounPhrase } from './captions.ts';
import type { Claim, ThingClaim } from './claims.ts';
import * as english from './english.ts';
import type { EventKind } from './events.ts';
import type { Scene, Shown } from './scene.ts';
import { countOf, distinctThings, storyOf } from './truth.ts';
import * as vietnamese from './vietnamese.ts';

/** A text about a scene, and what it claims. */
export interface SceneText {
  readonly text: string;
  readonly claim: Claim;
}

export const textForms = ['caption', 'noun', 'coloured', 'doing', 'event', 'group', 'question'] as const;
export type TextForm = (typeof textForms)[number];

/** True texts about a scene as people may write them into a search box. */
export function textFor(scene: Scene, random: Random, form: TextForm, language: Language): SceneText {
  if (form === 'caption') {
    const claim = captionClaim(scene);
    return { text: frame(captionText(scene, random, language), random, language), claim };
  }
  const shown = random.pick(distinctThings(scene));
  const { text, claim } = aboutOne(scene, shown, random, form, language);
  const framed = form === 'question' || form === 'event' ? text : frame(text, random, language);
  return { text: framed, claim: { things: [claim] } };
}

/** Draws a form: half of all texts are captions. */
export function drawForm(random: Random): TextForm {
  return random.chance(0.45) ? 'caption' : random.pick(textForms);
}

function captionText(scene: Scene, random: Random, language: Language): string {
  const [only, other] = distinctThings(scene);
  if (only === undefined || other !== undefined || random.chance(0.4)) return captionFor(scene, language);
  const story = storyOf(only);
  const np = nounPhrase(scene, only, language);
  return random.pick(sentences(np, story, language, countOf(scene, idOf(only)) > 1));
}

function idOf({ thing }: Shown): string {
  return thing.id;
}

/** The same caption of one thing in several ways. */
function sentences(np: string, story: readonly EventKind[], language: Language, plural: boolean): string[] {
  const [first, second] = story;
  if (language === 'vi') {
    const told = vietnamese.verbs(story);
    if (first === undefined || second === undefined) return [`${np} ${told}`, `${np} đang ${told}`];
    const [one, two] = [vietnamese.verb[first], vietnamese.verb[second]];
    return [`${np} ${told}`, `${np} ${one} trước rồi ${two}`, `đầu tiên ${np} ${one}, sau đó ${two}`];
  }
  const doing = english.participles(story);
  if (first === undefined) return [`${np} ${doing}`, `${np} not moving`, `${np} at rest`];
  if (second === undefined)
    return plural
      ? [`${np} ${doing}`]
      : [`${np} ${doing}`, `${np} that ${english.verb[first]}`, `${np} ${english.verb[first]}`];
  const [one, two] = [english.verb[first], english.verb[second]];
  return [`${np} ${doing}`, `${np} that first ${one} and then ${two}`, `first ${np} ${one}, then it ${two}`];
}

function aboutOne(
  scene: Scene,
  shown: Shown,
  random: Random,
  form: Exclude<TextForm, 'caption'>,
  language: Language,
): { text: string; claim: ThingClaim } {
  const { thing, colour } = shown;
  const story = storyOf(shown);
  const en = language === 'en';
  const doing = tell(story, language);
  if (form === 'event') {
    const something = en ? 'something' : 'một thứ';
    return { text: random.pick([doing, `${something} ${doing}`]), claim: { story } };
  }
  if (!thing.known) {
    const np = nounPhrase(scene, shown, language);
    if (form !== 'doing') return { text: np, claim: { thing: 'unknown' } };
    return { text: `${np} ${doing}`, claim: { thing: 'unknown', story } };
  }
  return aboutKnown(thing, colour, story, random, form, language);
}

function aboutKnown(
  thing: KnownThing,
  colour: ColourName | undefined,
  story: readonly EventKind[],
  random: Random,
  form: Exclude<TextForm, 'caption' | 'event'>,
  language: Language,
): { text: string; claim: ThingClaim } {
  const en = language === 'en';
  const words = en ? english : vietnamese;
  const plain = random.pick([words.coloured(thing), words.aThing(thing)]);
  switch (form) {
    case 'noun':
      return { text: plain, claim: { thing: thing.id } };
    case 'coloured': {
      const text = random.pick([words.coloured(thing, colour), words.aThing(thing, colour)]);
      return { text, claim: { thing: thing.id, colour } };
    }
    case 'doing':
      return { text: `${plain} ${tell(story, language)}`, claim: { thing: thing.id, story } };
    case 'group': {
      const group = thing.group;
      const text = en ? random.pick([group, english.withArticle(group)]) : vietnameseGroup[group];
      return { text, claim: { group } };
    }
    case 'question':
      return {
        text: random.pick(en ? questionsEn : questionsVi)(words.coloured(thing), words.aThing(thing)),
        claim: { thing: thing.id },
      };
  }
}

/** `moving left`, `di chuyển sang trái` */
function tell(story: readonly EventKind[], language: Language): string {
  return language === 'en' ? english.participles(story) : vietnamese.verbs(story);
}

type Ask = (noun: string, aNoun: string) => string;
const questionsEn: readonly Ask[] = [
  (_, a) => `is there ${a}?`,
  (_, a) => `where is there ${a}?`,
  (noun) => `where is the ${noun}?`,
  (noun) => `what does the ${noun} do?`,
  (_, a) => `which video shows ${a}?`,
  (_, a) => `show me ${a}`,
  (_, a) => `find ${a}`,
  (noun) => `the video with the ${noun}`,
];
const questionsVi: readonly Ask[] = [
  (_, a) => `có ${a} không?`,
  (noun) => `${noun} ở đâu?`,
  (noun) => `${noun} làm gì?`,
  (_, a) => `video nào có ${a}?`,
  (noun) => `tìm ${noun}`,
];

/** Half of the texts as they are, the others as people begin or write them. */
function frame(text: string, random: Random, language: Language): string {
  const start = language === 'en' ? random.pick(['a video of ', 'a picture of ', 'a clip of ']) : 'video về ';
  const opened = random.chance(0.2) ? start + text : text;
  const spelt = random.chance(0.15) ? opened.charAt(0).toUpperCase() + opened.slice(1) : opened;
  return random.chance(0.1) ? `${spelt}.` : spelt;
}
