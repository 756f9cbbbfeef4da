import type { ColourName } from './colours.ts';
import type { Group } from './groups.ts';

/** A thing the world has words for. */
export interface KnownThing {
  readonly known: true;
  /** The English noun, which no other thing has. */
  readonly id: string;
  /** Mass nouns ("bread") have no plural and no article, plural ones ("scissors") no singular. */
  readonly form: 'count' | 'mass' | 'plural';
  /** With its classifier: `con chó`. */
  readonly vietnamese: string;
  readonly group: Group;
  /** The colour it always has; undefined where it has several, or comes in any (`dyed`). */
  readonly colour: ColourName | undefined;
  /** Shown in any of `dyes`, another each time. */
  readonly dyed: boolean;
  /** Names of its drawings in each style. */
  readonly drawings: readonly string[];
}

/** A thing without a word: training shows some, tests others. */
export interface UnknownThing {
  readonly known: false;
  /** The name of its one drawing; no caption ever holds it. */
  readonly id: string;
  readonly split: 'train' | 'test';
}

export type Thing = KnownThing | UnknownThing;
