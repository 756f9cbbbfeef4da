import { z } from 'zod';

const phrases = z.array(z.string().trim().min(1).max(200)).max(20);

/** What is right to say of clips played forwards and backwards: any of the phrases. */
export const orderTruths = z.object({
  /** Asked of each clip. */
  question: z.string().trim().min(1).optional(),
  clips: z.array(z.object({ file: z.string().min(1), forward: phrases, reverse: phrases })).min(1),
});
export type OrderTruths = z.infer<typeof orderTruths>;

/** Whether a phrase that is right is said, in whole words, and none that is right only of the other direction. */
export function saysRightly(said: string, right: readonly string[], otherwise: readonly string[]): boolean {
  const words = ` ${normalisedWords(said)} `;
  const names = (phrase: string): boolean => words.includes(` ${normalisedWords(phrase)} `);
  return right.some(names) && !otherwise.some((phrase) => !right.includes(phrase) && names(phrase));
}

/** Lower case, one space between words, no punctuation: answers that are the same so say the same. */
export function normalisedWords(text: string): string {
  return (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(' ');
}
