import { signal } from '@preact/signals';
import { FailureLine } from '../components/failure-line.tsx';
import { texts } from '../messages/language.ts';
import { type Failure, failureFrom } from '../state/failure.ts';
import { rest } from '../state/rest.ts';

const failure = signal<Failure | undefined>(undefined);
const isWaiting = signal(false);

/** Asks for a key, once: the browser keeps a cookie that no script can read. */
export function LogInView() {
  const t = texts.value.login;
  return (
    <main class="log-in">
      <h1>{t.title}</h1>
      <p class="lead">{t.lead}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void logIn(new FormData(event.currentTarget));
        }}
      >
        <label>
          {t.key}
          <input name="key" type="password" autocomplete="current-password" required maxLength={500} />
        </label>
        <button type="submit" class="button primary" disabled={isWaiting.value}>
          {t.logIn}
        </button>
      </form>
      {failure.value && <FailureLine failure={failure.value} />}
    </main>
  );
}

async function logIn(form: FormData): Promise<void> {
  isWaiting.value = true;
  failure.value = undefined;
  try {
    await rest.logIn(`${form.get('key') ?? ''}`.trim());
    // begins anew as who it is now
    location.reload();
  } catch (thrown) {
    const found = failureFrom(thrown);
    failure.value = found.code === 'unauthorized' ? { ...found, code: 'wrong_key' } : found;
  } finally {
    isWaiting.value = false;
  }
}
