import type { EncoderMode } from '../state/screen.ts';

interface ModeSwitchProps {
  readonly mode: EncoderMode;
  readonly onChange: (mode: EncoderMode) => void;
}

const modes: readonly { readonly mode: EncoderMode; readonly name: string; readonly hint: string }[] = [
  { mode: 'stan', name: 'With motion', hint: 'The video branch looks across frames.' },
  { mode: 'plain', name: 'Plain frames', hint: 'For comparison: frames averaged, no video branch.' },
];

/** How the model reads the clip. Another way means a fresh conversation. */
export function ModeSwitch({ mode, onChange }: ModeSwitchProps) {
  return (
    <fieldset class="modes">
      <legend class="hint">How the model watches</legend>
      <div class="segments">
        {modes.map((one) => (
          <label key={one.mode} class="segment">
            <input
              class="unseen"
              type="radio"
              name="mode"
              checked={one.mode === mode}
              onChange={() => onChange(one.mode)}
            />
            <span>{one.name}</span>
          </label>
        ))}
      </div>
      <p class="hint">{modes.find((one) => one.mode === mode)?.hint}</p>
    </fieldset>
  );
}
