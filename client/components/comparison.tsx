import { words } from '../messages/language.ts';
import type { Compared } from '../state/screen.ts';
import { FailureLine } from './failure-line.tsx';

/** The same question, asked alone, answered with the video branch and without it. */
export function Comparison({ answers, failure }: Compared) {
  if (failure !== undefined) return <FailureLine failure={failure} />;
  const { talk, mode: say } = words.value;
  return (
    <dl class="comparison" aria-busy={answers === undefined} aria-label={talk.compared}>
      {(['stan', 'plain'] as const).map((mode) => (
        <div key={mode}>
          <dt>{say[mode]}</dt>
          <dd>{answers === undefined ? '…' : answers[mode]}</dd>
        </div>
      ))}
    </dl>
  );
}
