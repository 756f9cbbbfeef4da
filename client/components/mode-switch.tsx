import { texts } from '../messages/language.ts';
import type { EncoderMode } from '../state/screen.ts';

interface ModeSwitchProps {
  readonly mode: EncoderMode;
  readonly onChange: (mode: EncoderMode) => void;
}

/** How the next question has the clip encoded; answers that are there stay as they are. */
export function ModeSwitch({ mode, onChange }: ModeSwitchProps) {
  const { mode: t } = texts.value;
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
