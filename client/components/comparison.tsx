import { words } from '../messages/language.ts';
import type { Insight } from '../state/screen.ts';
import { FailureLine } from './failure-line.tsx';

/** The same question, asked alone, answered with the video branch and without it. */
export function Comparison({ value, failure }: NonNullable<Insight['compared']>) {
  if (failure !== undefined) return <FailureLine failure={failure} />;
  const { talk, mode: say } = words.value;
  return (
    <dl class="comparison" aria-busy={value === undefined} aria-label={talk.compared}>
      {(['stan', 'plain'] as const).map((mode) => (
        <div key={mode}>
          <dt>{say[mode]}</dt>
          <dd>{value === undefined ? '…' : value[mode]}</dd>
        </div>
      ))}
    </dl>
  );
}
