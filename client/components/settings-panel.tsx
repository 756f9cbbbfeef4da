import { useState } from 'preact/hooks';
import { texts } from '../messages/language.ts';
import type { Settings } from '../state/settings.ts';

interface Field {
  readonly name: 'temperature' | 'topP' | 'maxTokens' | 'frames';
  readonly step: number;
}

const fields: readonly Field[] = [
  { name: 'temperature', step: 0.1 },
  { name: 'topP', step: 0.05 },
  { name: 'maxTokens', step: 1 },
  { name: 'frames', step: 1 },
];

/** How answers are made, folded away: most people never need it. */
export function SettingsPanel({ settings }: { readonly settings: Settings }) {
  const { answers } = settings;
  const t = texts.value.settings;
  return (
    <details class="settings">
      <summary>{t.title}</summary>
      <div class="setting-grid">
        <label class="setting">
          <span>{t.system}</span>
          <textarea
            class="field"
            rows={2}
            maxLength={8000}
            placeholder={t.systemDefault}
            value={answers.value.system ?? ''}
            onInput={({ currentTarget }) => settings.set('system', currentTarget.value)}
          />
        </label>
        {fields.map((field) => (
          <NumberSetting key={field.name} field={field} settings={settings} />
        ))}
      </div>
    </details>
  );
}

function NumberSetting({ field, settings }: { readonly field: Field; readonly settings: Settings }) {
  const { name, step } = field;
  const t = texts.value.settings;
  const [accepted, setAccepted] = useState(true);
  return (
    <label class="setting">
      <span>{t[name]}</span>
      <input
        class="field"
        type="number"
        step={step}
        placeholder={t.default}
        aria-invalid={!accepted}
        defaultValue={settings.answers.value[name]?.toString() ?? ''}
        onInput={({ currentTarget }) => setAccepted(settings.set(name, currentTarget.value))}
      />
      <span class={accepted ? 'hint' : 'hint wrong'}>{t[`${name}Hint`]}</span>
    </label>
  );
}
