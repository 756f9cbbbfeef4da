import type { Language } from '../scenes/captions.ts';

/** What an exchange is about; evaluation reports accuracy by topic. */
export const topics = [
  'what',
  'group',
  'colour',
  'count',
  'place',
  'motion',
  'order',
  'which',
  'description',
  'yes-no',
  'unknowable',
  'small talk',
  'check',
] as const;
export type Topic = (typeof topics)[number];

/** A question about what a person sees, and the answer that is true. */
export interface Exchange {
  readonly topic: Topic;
  readonly language: Language;
  readonly question: string;
  readonly answer: string;
  /** Whether a yes/no question asks for something true. */
  readonly claims?: boolean | undefined;
}
