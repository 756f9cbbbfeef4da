import { texts } from '../messages/language.ts';
import type { Findings } from '../state/screen.ts';
import { FailureLine } from './failure-line.tsx';

/** The same question, asked alone, answered with the video branch and without it. */
export function Comparison({ value, failure }: NonNullable<Findings['compared']>) {
  if (failure !== undefined) return <FailureLine failure={failure} />;
  const { chat, mode: t } = texts.value;
  return (
    <>
      <dl class="comparison" aria-busy={value === undefined} aria-label={chat.compared}>
        {(['stan', 'plain'] as const).map((mode) => (
          <div key={mode}>
            <dt>{t[mode]}</dt>
            <dd>{value === undefined ? '…' : value[mode]}</dd>
          </div>
        ))}
      </dl>
      <p class="hint">{chat.comparedHint}</p>
    </>
  );
}
