import { texts } from '../messages/language.ts';
import type { EncoderMode } from '../state/screen.ts';

interface ModeSwitchProps {
  readonly mode: EncoderMode;
  readonly onChange: (mode: EncoderMode) => void;
}

/** How the model reads the clip. Another way means a fresh conversation. */
export function ModeSwitch({ mode, onChange }: ModeSwitchProps) {
  const t = texts.value.mode;
  return (
    <fieldset class="modes">
      <legend class="hint">{t.title}</legend>
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
            <span>{t[one]}</span>
          </label>
        ))}
      </div>
      <p class="hint">{mode === 'stan' ? t.stanHint : t.plainHint}</p>
    </fieldset>
  );
}
