import protobuf from 'protobufjs';
import { type Token, tokenType } from '#models/convert/llama/token.ts';

export interface TokenizerModelOptions {
  /** SentencePiece's number of the algorithm; 2, byte pairs. */
  readonly modelType?: number;
  readonly spacePrefix?: boolean;
}

/** A `tokenizer.model`, field by field (sentencepiece_model.proto). */
export function tokenizerModel(tokens: readonly Token[], options: TokenizerModelOptions = {}): Uint8Array {
  const { modelType = 2, spacePrefix = true } = options;
  const [numeric, float, nested] = [0, 5, 2];
  const tag = (field: number, wire = 0): number => (field << 3) | wire;
  const writer = new protobuf.Writer();
  for (const { text, score, type } of tokens) {
    writer.uint32(tag(1, nested)).fork();
    writer.uint32(tag(1, nested)).string(text).uint32(tag(2, float)).float(score);
    if (type !== tokenType.normal) writer.uint32(tag(3, numeric)).int32(type);
    writer.ldelim();
  }
  writer.uint32(tag(2, nested)).fork().uint32(tag(3, numeric)).int32(modelType);
  writer.uint32(tag(4, numeric)).int32(tokens.length).ldelim();
  writer.uint32(tag(3, nested)).fork().uint32(tag(1, nested)).string('identity');
  writer.uint32(tag(3, numeric)).bool(spacePrefix).ldelim();
  return writer.finish();
}

/** A `tokenizer.json` as transformers makes it of a `tokenizer.model`. */
export function tokenizerJson(tokens: readonly Token[]) {
  const isSpecial = ({ type }: Token): boolean => type === tokenType.control || type === tokenType.unknown;
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: tokens.flatMap((token, id) => (isSpecial(token) ? [addedToken(id, token.text)] : [])),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: '▁' },
        { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      ],
    },
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: '<unk>',
      fuse_unk: true,
      byte_fallback: true,
      vocab: Object.fromEntries(tokens.map(({ text }, id) => [text, id])),
      merges: merges(tokens).map((pair) => pair.join(' ')),
    },
  };
}

/** An entry of `added_tokens`. */
export function addedToken(id: number, content: string, special = true) {
  return { id, content, special, single_word: false, lstrip: false, rstrip: false, normalized: false };
}

/** All pairs of tokens that make a third, in the order of its score. */
function merges(tokens: readonly Token[]): [string, string][] {
  const pieces = tokens.filter(({ type }) => type === tokenType.normal).sort((a, b) => b.score - a.score);
  const known = new Set(pieces.map(({ text }) => text));
  return pieces.flatMap(({ text }) =>
    Array.from({ length: text.length - 1 }, (_, index): [string, string] => [
      text.slice(0, index + 1),
      text.slice(index + 1),
    ]).filter(([left, right]) => known.has(left) && known.has(right)),
  );
}
