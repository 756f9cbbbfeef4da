import { useState } from 'preact/hooks';
import { texts } from '../messages/language.ts';
import type { AppState } from '../state/app-state.ts';
import type { SettingName, Settings } from '../state/settings.ts';
import { Icon } from './icon.tsx';
import { IconButton } from './icon-button.tsx';

interface NumberField {
  readonly name: Exclude<SettingName, 'system'>;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** Where the slider stands while the server's own value counts. */
  readonly rest: number;
}

const shownNames: readonly SettingName[] = ['system', 'temperature', 'topP', 'maxTokens', 'frames'];

/** How answers are made, folded away: most people never need it. What differs from the defaults shows all the same. */
export function SettingsPanel({ app }: { readonly app: AppState }) {
  const { settings } = app;
  const { settings: t } = texts.value;
  const { value: chosen } = settings.answers;
  const changed = shownNames.filter((name) => chosen[name] !== undefined);
  const model = app.model.value;
  const fields: readonly NumberField[] = [
    { name: 'temperature', min: 0, max: 2, step: 0.1, rest: 0 },
    { name: 'topP', min: 0.05, max: 1, step: 0.05, rest: 1 },
    { name: 'maxTokens', min: 1, max: 4096, step: 1, rest: 512 },
    { name: 'frames', min: 1, max: model?.maxFrames ?? 64, step: 1, rest: model?.frames ?? 8 },
  ];
  return (
    <details class="settings">
      <summary>
        <Icon name="sliders-horizontal" size={16} />
        <span>{t.title}</span>
        {changed.map((name) => (
          <span key={name} class="changed">
            {name === 'system' ? t.system : `${t[name]} ${chosen[name]}`}
          </span>
        ))}
      </summary>
      <div class="setting-grid">
        <label class="setting">
          <span>{t.system}</span>
          <textarea
            class="field"
            rows={2}
            maxLength={8000}
            placeholder={t.systemDefault}
            value={chosen.system ?? ''}
            onInput={({ currentTarget }) => settings.set('system', currentTarget.value)}
          />
        </label>
        {fields.map((field) => (
          <NumberSetting key={field.name} field={field} settings={settings} />
        ))}
        <Presets settings={settings} />
        {(changed.length > 0 || settings.invalid.value.size > 0) && (
          <button type="button" class="quiet-link" onClick={() => settings.reset()}>
            {t.reset}
          </button>
        )}
      </div>
    </details>
  );
}

function NumberSetting({ field, settings }: { readonly field: NumberField; readonly settings: Settings }) {
  const { name, min, max, step, rest } = field;
  const { settings: t } = texts.value;
  const { [name]: value } = settings.answers.value;
  const isInvalid = settings.invalid.value.has(name);
  const hint = name === 'frames' ? t.framesHint(max) : t[`${name}Hint`];
  // what is being typed may not be a value yet
  const [typed, setTyped] = useState<string>();
  const set = (text: string) => {
    setTyped(text);
    settings.set(name, text);
  };
  return (
    <div class="setting">
      <label class="setting-name" for={`setting-${name}`}>
        {t[name]}
      </label>
      <input
        type="range"
        aria-label={`${t[name]}: ${hint}`}
        min={min}
        max={max}
        step={step}
        value={value ?? rest}
        data-rest={value === undefined}
        onInput={({ currentTarget }) => {
          setTyped(undefined);
          settings.set(name, currentTarget.value);
        }}
      />
      <input
        id={`setting-${name}`}
        class="field number"
        type="number"
        min={min}
        max={max}
        step="any"
        placeholder={t.default}
        aria-invalid={isInvalid}
        value={isInvalid ? (typed ?? '') : (value ?? '')}
        onInput={({ currentTarget }) => set(currentTarget.value)}
      />
      <span class={isInvalid ? 'hint wrong' : 'hint'}>{hint}</span>
    </div>
  );
}

/** Settings that were saved under a name. */
function Presets({ settings }: { readonly settings: Settings }) {
  const { settings: t } = texts.value;
  return (
    <div class="setting presets">
      <span class="setting-name">{t.presets}</span>
      <ul class="preset-list">
        {settings.presets.value.map(({ name, settings: kept }) => (
          <li key={name}>
            <button
              type="button"
              class="chip"
              aria-label={t.usePreset(name)}
              onClick={() => settings.use(kept)}
            >
              {name}
            </button>
            <IconButton icon="x" label={t.removePreset(name)} onClick={() => settings.removePreset(name)} />
          </li>
        ))}
      </ul>
      <form
        class="preset-form"
        onSubmit={(event) => {
          event.preventDefault();
          const name = new FormData(event.currentTarget).get('preset');
          if (typeof name !== 'string' || name.trim() === '') return;
          settings.keepPreset(name.trim());
          event.currentTarget.reset();
        }}
      >
        <input
          class="field"
          name="preset"
          aria-label={t.presetName}
          placeholder={t.presetName}
          maxLength={60}
        />
        <button type="submit" class="button quiet">
          {t.keepPreset}
        </button>
      </form>
    </div>
  );
}
