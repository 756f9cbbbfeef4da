import type { Motion, Scene } from './scene.ts';

/** The facts words can tell about a scene. */
export type Facts = Pick<Scene, 'kind' | 'colour' | 'motion'>;

/** `a`, or `an` before a vowel. */
export function withArticle(noun: string): string {
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;
}

/** `a red ball` */
export function thing({ kind, colour }: Facts): string {
  return withArticle(`${colour} ${kind}`);
}

const wayOf: Record<Exclude<Motion, 'still'>, string> = {
  left: 'to the left',
  right: 'to the right',
  up: 'up',
  down: 'down',
};

/** What it does, for a sentence: `moves to the right`, `stands still`. */
export function doing({ motion }: Facts): string {
  return motion === 'still' ? 'stands still' : `moves ${wayOf[motion]}`;
}

/** The one caption of a scene: `a red ball moving right`, `a red ball standing still`. */
export function captionFor(facts: Facts): string {
  return `${thing(facts)} ${facts.motion === 'still' ? 'standing still' : `moving ${facts.motion}`}`;
}

/** Ways to say the same, the caption of `captionFor` first. */
export function captionVariants(facts: Facts): string[] {
  const what = thing(facts);
  const said = captionFor(facts);
  const common = [said, `${what} that ${doing(facts)}`, `a video of ${said}`, `a picture of ${said}`];
  if (facts.motion === 'still') {
    return [...common, `${what} that does not move`, `${what} is still`, `${what} at rest`];
  }
  const way = wayOf[facts.motion];
  return [...common, `${what} is moving ${way}`, `${what} goes ${way}`, `${what} going ${way}`];
}
