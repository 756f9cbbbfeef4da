import { characterOf } from '#models/package/byte-characters.ts';

const ends = ['<|startoftext|>', '<|endoftext|>'] as const;

/**
 * The form of CLIP's `tokenizer.json` for a text tower of so many tokens: bytes alone and at a word's end, or the letters where
 * there is no room for all bytes, then what `merged` names; start and end are the last two.
 */
export function clipTokenizerJson(vocabulary: number, merged: readonly (readonly [string, string])[] = []) {
  const bytes = Array.from({ length: 256 }, (_, byte) => characterOf(byte));
  const letters = Array.from({ length: 26 }, (_, letter) => characterOf(97 + letter));
  const singles = vocabulary >= 2 * bytes.length + merged.length + 2 ? bytes : letters;
  const entries = [
    ...singles,
    ...singles.map((entry) => `${entry}</w>`),
    ...merged.map((pair) => pair.join('')),
  ];
  const start = vocabulary - 2;
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: true, special: true };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: ends.map((content, index) => ({ id: start + index, content, ...flags })),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        {
          type: 'Split',
          behavior: 'Removed',
          invert: true,
          pattern: { Regex: "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+" },
        },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true },
      ],
    },
    post_processor: {
      type: 'RobertaProcessing',
      trim_offsets: false,
      add_prefix_space: false,
      sep: [ends[1], start + 1],
      cls: [ends[0], start],
    },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: ends[1],
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      fuse_unk: false,
      vocab: Object.fromEntries([
        ...entries.map((entry, id) => [entry, id]),
        ...ends.map((end, i) => [end, start + i]),
      ]),
      merges: merged.map((pair) => pair.join(' ')),
    },
  };
}
