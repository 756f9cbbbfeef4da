import { resizeFrame } from '#models/package/preprocess.ts';
import { type Random, randomFrom } from '#models/world/random.ts';
import { renderClips } from '#models/world/drawing/render-scenes.ts';
import type { Language } from '#models/world/scenes/captions.ts';
import { isTrue } from '#models/world/scenes/claims.ts';
import { drawClip, drawCutClip, type Wanted } from '#models/world/scenes/draw-scene.ts';
import * as english from '#models/world/scenes/english.ts';
import { type EventKind, eventKinds, eventPairs } from '#models/world/scenes/events.ts';
import type { Clip } from '#models/world/scenes/scene.ts';
import { type TextForm, textFor } from '#models/world/scenes/texts.ts';
import { storyOf } from '#models/world/scenes/truth.ts';
import { knownThings } from '#models/world/things/known-things.ts';
import type { Architecture } from '#models/package/architecture.ts';
import { modes, type Scorer } from './embed.ts';

export interface Figure {
  readonly name: string;
  readonly share: number;
  readonly of: number;
}

/** Side of a drawn frame before the package's own resizing, as the command line draws clips. */
const drawnSide = 240;

type Embedded = Awaited<ReturnType<Scorer['clips']>>;

/** Figures of vision and search on unseen draws, straight from the nets: frames drawn, not decoded. */
export async function measure(
  scorer: Scorer,
  arch: Architecture,
  count: number,
  seed: number,
): Promise<Figure[]> {
  const random = (name: string): Random => randomFrom(`test/${seed}/${name}`);
  const figures: Figure[] = [];
  const note = (name: string, right: readonly boolean[]): void => {
    figures.push({ name, share: right.filter(Boolean).length / right.length, of: right.length });
  };
  const embed = async (clips: readonly Clip[]): Promise<Embedded> => scorer.clips(await frames(clips, arch));
  const draw = (name: string, number: number, wanted: Wanted): Clip[] => {
    const source = random(name);
    return Array.from({ length: number }, () => drawClip(source, wanted, 0));
  };

  const unknownText = 'something unknown';
  const nouns = [...knownThings.map(({ id }) => id), unknownText];
  const vietnamese = [...knownThings.map((thing) => thing.vietnamese), 'một thứ không rõ'];
  const nounOf = ({ scene: { things } }: Clip): string => {
    const thing = things[0]?.thing;
    return thing?.known === true ? thing.id : unknownText;
  };
  const namedAs = async (
    clips: readonly Clip[],
    texts: readonly string[],
    mode: 'clip' | 'mug-stan' | 'stan',
  ) => {
    const best = bestText(await scorer.score(texts, await embed(clips), mode), clips.length);
    return best.map((index) => nouns[index] ?? '');
  };
  for (const mode of scorer.hasBranch ? (['clip', 'stan'] as const) : (['clip'] as const)) {
    const single: Wanted = { subject: 'one', unknown: 0 };
    const plain = draw('nouns', count, single);
    const inEnglish = await namedAs(plain, nouns, mode);
    note(
      `noun, English, ${mode}`,
      plain.map((clip, i) => inEnglish[i] === nounOf(clip)),
    );
    note(
      `known things refused, ${mode}`,
      inEnglish.map((name) => name === unknownText),
    );
    const inVietnamese = await namedAs(plain, vietnamese, mode);
    note(
      `noun, Vietnamese, ${mode}`,
      plain.map((clip, i) => inVietnamese[i] === nounOf(clip)),
    );
    const unseen = draw('unseen style', count, { ...single, styles: ['openmoji'] });
    const styled = await namedAs(unseen, nouns, mode);
    note(
      `noun, unseen style, ${mode}`,
      unseen.map((clip, i) => styled[i] === nounOf(clip)),
    );
    const unknown = draw('unknown', count, { subject: 'one', unknown: 1, unknownSplit: 'test' });
    const refused = await namedAs(unknown, nouns, mode);
    note(
      `unknown things not named, ${mode}`,
      refused.map((name) => name === unknownText),
    );
  }

  const single: readonly (readonly EventKind[])[] = [[], ...eventKinds.map((kind) => [kind])];
  const source = random('events');
  const happening = single.flatMap((story) =>
    Array.from({ length: Math.ceil(count / 8) }, () =>
      drawClip(source, { subject: 'one', story, unknown: 0 }, 0),
    ),
  );
  const seen = await embed(happening);
  const pairs = random('order');
  const ordered = Array.from({ length: count }, () =>
    drawClip(pairs, { story: pairs.pick(eventPairs), unknown: 0 }, 0),
  );
  const seenOrdered = await embed(ordered);
  for (const mode of scorer.hasBranch ? modes : (['clip'] as const)) {
    const best = bestText(await scorer.score(single.map(english.participles), seen, mode), happening.length);
    const right = happening.map(
      (clip, i) => storyOfFirst(clip).join() === (single[best[i] ?? 0] ?? []).join(),
    );
    note(`event of eleven, ${mode}`, right);
    for (const story of single) {
      const own = right.filter((_, i) => storyOfFirst(happening[i]).join() === story.join());
      note(`  ${english.participles(story)}, ${mode}`, own);
    }
    const forward = eventPairs.map((pair) => english.participles(pair));
    const backward = eventPairs.map(([a, b]) => english.participles([b, a]));
    const [f, b] = [
      await scorer.score(forward, seenOrdered, mode),
      await scorer.score(backward, seenOrdered, mode),
    ];
    note(
      `order of two events, ${mode}`,
      ordered.map((clip, i) => {
        const pair = eventPairs.findIndex((one) => one.join() === storyOfFirst(clip).join());
        return (f[pair]?.[i] ?? 0) > (b[pair]?.[i] ?? 0);
      }),
    );
  }

  const gallerySource = random('search');
  const gallery = Array.from({ length: count }, () =>
    drawClip(gallerySource, { unknown: 0.03, unknownSplit: 'test' }),
  );
  const found = await embed(gallery);
  const kinds: readonly (readonly [TextForm, Language])[] = [
    ['caption', 'en'],
    ['noun', 'en'],
    ['coloured', 'en'],
    ['doing', 'en'],
    ['question', 'en'],
    ['noun', 'vi'],
    ['caption', 'vi'],
  ];
  for (const mode of scorer.hasBranch ? (['mug-stan', 'stan', 'clip'] as const) : (['clip'] as const)) {
    for (const [form, language] of kinds) {
      const texts = gallery.map(({ scene }, i) => textFor(scene, random(`text/${i}`), form, language));
      const scores = await scorer.score(
        texts.map(({ text }) => text),
        found,
        mode,
      );
      const right = texts.map(({ claim }, i) => {
        const clip = gallery[largest(scores[i] ?? [])];
        return clip !== undefined && isTrue(claim, clip.scene);
      });
      note(`search R@1, ${form} ${language}, ${mode}`, right);
    }
  }
  if (scorer.hasBranch) await misalignment();
  return figures;

  /** Captions of clips that show their scene in all, two thirds or one third of the frames. */
  async function misalignment(): Promise<void> {
    for (const thirds of [3, 2, 1] as const) {
      const cuts = random(`thirds/${thirds}`);
      const clips = Array.from({ length: count }, () =>
        thirds === 3 ? drawClip(cuts, { unknown: 0 }, 0) : drawCutClip(cuts, thirds, { unknown: 0 }),
      );
      const embedded = await embed(clips);
      for (const mode of modes) {
        const texts = clips.map(({ scene }, i) => textFor(scene, random(`cut/${i}`), 'caption', 'en'));
        const scores = await scorer.score(
          texts.map(({ text }) => text),
          embedded,
          mode,
        );
        const right = texts.map(({ claim }, i) => {
          const clip = clips[largest(scores[i] ?? [])];
          return clip !== undefined && isTrue(claim, clip.scene);
        });
        note(`caption R@1, scene in ${thirds} of 3 thirds, ${mode}`, right);
      }
    }
  }
}

function storyOfFirst(clip: Clip | undefined): readonly EventKind[] {
  const [first] = clip?.scene.things ?? [];
  return first === undefined ? [] : storyOf(first);
}

async function frames(clips: readonly Clip[], arch: Architecture): Promise<Uint8Array[][]> {
  const times = Array.from({ length: arch.frames }, (_, frame) => (frame + 0.5) / arch.frames);
  const vision = { imageSize: arch.tower.imageSize, resize: 'crop', mean: [...arch.mean] } as const;
  const drawn: Uint8Array[][] = [];
  for (const clip of clips) {
    const [own = []] = await renderClips([clip], times, drawnSide);
    drawn.push(
      await Promise.all(
        own.map((rgb) =>
          resizeFrame({ width: drawnSide, height: drawnSide, rgb }, { ...vision, mean: [...arch.mean] }),
        ),
      ),
    );
  }
  return drawn;
}

/** For each clip the text that fits best. */
function bestText(scores: readonly (readonly number[])[], clips: number): number[] {
  return Array.from({ length: clips }, (_, clip) => largest(scores.map((row) => row[clip] ?? 0)));
}

function largest(values: readonly number[]): number {
  return values.reduce(
    (best, value, index) => (value > (values[best] ?? Number.NEGATIVE_INFINITY) ? index : best),
    0,
  );
}
