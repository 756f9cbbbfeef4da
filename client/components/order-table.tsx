import { texts } from '../messages/language.ts';
import type { FrameOrder, Findings } from '../state/screen.ts';
import { FailureLine } from './failure-line.tsx';

const orders: readonly FrameOrder[] = ['forward', 'reverse', 'shuffle'];
const modes = ['stan', 'plain'] as const;

/** The same question about the clip as it is, backwards and shuffled: does the answer follow the order of the frames? */
export function OrderTable({ value, failure }: NonNullable<Findings['ordered']>) {
  if (failure !== undefined) return <FailureLine failure={failure} />;
  const { order: t, mode: modeText } = texts.value;
  if (value === undefined)
    return (
      <p class="hint order" aria-busy>
        {t.running}
      </p>
    );
  return (
    <div class="order" aria-busy={false}>
      <table aria-label={t.title}>
        <thead>
          <tr>
            <th scope="col">{t.frames}</th>
            {modes.map((mode) => (
              <th key={mode} scope="col">
                {modeText[mode]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {orders.map((order) => (
            <tr key={order}>
              <th scope="row">{t[order]}</th>
              {modes.map((mode) => (
                <td key={mode}>{value[mode][order]}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="hint">{modes.map((mode) => t.verdict(modeText[mode], changes(value[mode]))).join(' ')}</p>
    </div>
  );
}

function changes({ forward, reverse, shuffle }: Readonly<Record<FrameOrder, string>>): boolean {
  return reverse !== forward || shuffle !== forward;
}
