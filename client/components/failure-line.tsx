import { texts } from '../messages/language.ts';
import { type Failure, wordsOf } from '../state/failure.ts';

/** What went wrong and what to do, in one line, read out at once. */
export function FailureLine({ failure }: { readonly failure: Failure }) {
  const { what, todo } = wordsOf(texts.value, failure);
  return (
    <p class="failure" role="alert">
      {what} <strong>{todo}</strong>
    </p>
  );
}
