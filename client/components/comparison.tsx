import type { Compared } from '../state/screen.ts';
import { FailureLine } from './failure-line.tsx';

const columns = [
  { mode: 'stan', name: 'With motion' },
  { mode: 'plain', name: 'Plain frames' },
] as const;

/** The same question, asked alone, answered with the video branch and without it. */
export function Comparison({ answers, failure }: Compared) {
  if (failure !== undefined) return <FailureLine failure={failure} />;
  return (
    <dl class="comparison" aria-busy={answers === undefined} aria-label="The same question in both ways">
      {columns.map(({ mode, name }) => (
        <div key={mode}>
          <dt>{name}</dt>
          <dd>{answers === undefined ? '…' : answers[mode]}</dd>
        </div>
      ))}
    </dl>
  );
}
