import { texts } from '../messages/language.ts';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** The letter of a clip by its place in the conversation, from 0: A to Z, then numbers. */
export function letterOf(index: number): string {
  return letters[index] ?? String(index + 1);
}

/** A clip's letter in its colour: the same in the list of clips, in questions, and where the next question is typed. */
export function ClipLabel({ index }: { readonly index: number }) {
  const letter = letterOf(index);
  return (
    <span class={`clip-label hue-${index % 6}`} title={texts.value.clip.label(letter)}>
      {letter}
    </span>
  );
}
