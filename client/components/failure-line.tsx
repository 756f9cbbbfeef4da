import type { Failure } from '../state/failure.ts';

/** What went wrong and what to do, in one line, read out at once. */
export function FailureLine({ failure }: { readonly failure: Failure }) {
  return (
    <p class="failure" role="alert">
      {failure.message} <strong>{failure.advice}</strong>
    </p>
  );
}
