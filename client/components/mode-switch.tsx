import { words } from '../messages/language.ts';
import type { EncoderMode } from '../state/screen.ts';

interface ModeSwitchProps {
  readonly mode: EncoderMode;
  readonly onChange: (mode: EncoderMode) => void;
}

/** How the model reads the clip. Another way means a fresh conversation. */
export function ModeSwitch({ mode, onChange }: ModeSwitchProps) {
  const { mode: say } = words.value;
  return (
    <fieldset class="modes">
      <legend class="hint">{say.title}</legend>
      <div class="segments">
        {(['stan', 'plain'] as const).map((one) => (
          <label key={one} class="segment">
            <input
              class="unseen"
              type="radio"
              name="mode"
              checked={one === mode}
              onChange={() => onChange(one)}
            />
            <span>{say[one]}</span>
          </label>
        ))}
      </div>
      <p class="hint">{mode === 'stan' ? say.stanHint : say.plainHint}</p>
    </fieldset>
  );
}
