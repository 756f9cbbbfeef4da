import { useState } from 'preact/hooks';
import type { AnswerSettings, Settings } from '../state/settings.ts';

interface Field {
  readonly name: Exclude<keyof AnswerSettings, 'system'>;
  readonly label: string;
  readonly hint: string;
  readonly step: number;
}

const fields: readonly Field[] = [
  { name: 'temperature', label: 'Temperature', hint: '0 to 2; 0 says what is likeliest', step: 0.1 },
  { name: 'topP', label: 'Top-p', hint: 'above 0, up to 1', step: 0.05 },
  { name: 'maxTokens', label: 'Longest answer', hint: 'in tokens, up to 4096', step: 1 },
  { name: 'frames', label: 'Frames', hint: 'looked at in a clip', step: 1 },
];

/** How answers are made, folded away: most people never need it. */
export function SettingsPanel({ settings }: { readonly settings: Settings }) {
  const { answers } = settings;
  return (
    <details class="settings">
      <summary>Settings</summary>
      <div class="setting-grid">
        <label class="setting">
          <span>What the assistant is told first</span>
          <textarea
            class="field"
            rows={2}
            maxLength={8000}
            placeholder="as the package has it"
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
  const { name, label, hint, step } = field;
  const [accepted, setAccepted] = useState(true);
  return (
    <label class="setting">
      <span>{label}</span>
      <input
        class="field"
        type="number"
        step={step}
        placeholder="default"
        aria-invalid={!accepted}
        defaultValue={settings.answers.value[name]?.toString() ?? ''}
        onInput={({ currentTarget }) => setAccepted(settings.set(name, currentTarget.value))}
      />
      <span class={accepted ? 'hint' : 'hint wrong'}>{hint}</span>
    </label>
  );
}
