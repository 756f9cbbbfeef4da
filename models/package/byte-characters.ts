/** GPT-2's `bytes_to_unicode`: printable Latin-1 stays, the other 68 bytes move up to U+0100 in order. */
const characters: readonly string[] = (() => {
  const visible = (code: number): boolean =>
    (code >= 33 && code <= 126) || (code >= 161 && code <= 172) || (code >= 174 && code <= 255);
  let moved = 0;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(visible(byte) ? byte : 256 + moved++));
})();

const bytes: ReadonlyMap<string, number> = new Map(characters.map((character, byte) => [character, byte]));

/** How byte-level BPE writes a byte in its vocabulary. */
export function characterOf(byte: number): string {
  return characters[byte] ?? '';
}

/** Text as byte-level BPE writes it: each UTF-8 byte as one printable character. */
export function byteCharacters(text: string): string {
  return [...new TextEncoder().encode(text)].map(characterOf).join('');
}

/** The bytes that a vocabulary's entry stands for; characters that stand for no byte are themselves. */
export function bytesOfEntry(entry: string): number[] {
  return [...entry].flatMap((character) => bytes.get(character) ?? [...new TextEncoder().encode(character)]);
}
