import { type Token, tokenType } from '#models/convert/llama/token.ts';

/** Each made of two that stand before it or of letters, as training by byte pairs finds them. */
const merged = [
  '▁▁',
  '▁t',
  'he',
  '▁a',
  'in',
  '▁the',
  'nd',
  '▁and',
  'er',
  '▁s',
  'at',
  '▁c',
  '▁cat',
  'ing',
  '▁w',
  're',
  '▁▁▁▁',
  '▁in',
  'on',
  '▁wat',
  '▁water',
  'is',
  '▁is',
  'th',
  '▁th',
  '▁this',
  'as',
  '▁was',
  'ere',
  '▁there',
];
const letters = [...'▁etaoinsrhldcumfpgwybvkxjqz.,?!ABCTWé中'];

const bytes = Array.from({ length: 256 }, (_, byte) => byte.toString(16).toUpperCase().padStart(2, '0'));

/** A vocabulary laid out as LLaMA's: three tokens that steer, 256 bytes, what pairs merge into in that order, letters. */
export const sentencePieces: readonly Token[] = [
  { text: '<unk>', score: 0, type: tokenType.unknown },
  { text: '<s>', score: 0, type: tokenType.control },
  { text: '</s>', score: 0, type: tokenType.control },
  ...bytes.map((digits) => ({ text: `<0x${digits}>`, score: 0, type: tokenType.byte })),
  ...[...merged, ...letters].map((text, index) => ({ text, score: -index, type: tokenType.normal })),
];
