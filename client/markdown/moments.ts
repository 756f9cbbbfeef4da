/** A text cut where it names moments of a clip. */
export type Piece = string | { readonly text: string; readonly seconds: number };

/** `0:04`, `1:02:03`, `0:04.5`; not part of a longer number, and not a ratio like `16:9`. */
const moment = /(?<![\d:.])(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d(?:\.\d+)?)(?![\d:])/g;

/** Moments become pieces of their own, as far as they lie within the clip; the pieces' texts make up the whole. */
export function piecesOf(text: string, duration: number): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const found of text.matchAll(moment)) {
    const [whole, hours = '0', minutes = '0', rest = '0'] = found;
    const seconds = Number(hours) * 3600 + Number(minutes) * 60 + Number(rest);
    if (seconds > duration) continue;
    if (found.index > end) pieces.push(text.slice(end, found.index));
    pieces.push({ text: whole, seconds });
    end = found.index + whole.length;
  }
  if (end < text.length) pieces.push(text.slice(end));
  return pieces;
}
