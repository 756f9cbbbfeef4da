import type { ClipSource, Turn } from '#engine/types.ts';
import type { StoredMessage } from '#store/chat-rows.ts';

/**
 * The questions of a path with the answers that follow them, as the engine takes them. The last question has none;
 * `prefill` is how its answer begins. Unanswered questions are left out, and the next one brings their clips. Throws what
 * `sourceOf` throws.
 */
export function askedTurns(
  path: readonly StoredMessage[],
  sourceOf: (videoId: string) => ClipSource,
  prefill: string,
): Turn<ClipSource>[] {
  // the engine encodes a clip once for each source object
  const sources = new Map<string, ClipSource>();
  const turns: Turn<ClipSource>[] = [];
  let clips: ClipSource[] = [];
  for (const [i, { role, text, videoIds }] of path.entries()) {
    if (role === 'assistant') continue;
    for (const id of videoIds) {
      const source = sources.get(id) ?? sourceOf(id);
      sources.set(id, source);
      clips.push(source);
    }
    const answer = path[i + 1]?.text;
    if (answer === '') continue;
    if (answer !== undefined) turns.push({ question: text, clips, answer });
    else turns.push({ question: text, clips, ...(prefill !== '' && { prefill }) });
    clips = [];
  }
  return turns;
}
