import { texts } from '../messages/language.ts';
import { rest } from '../state/rest.ts';
import { session } from './session.ts';

/** Shown to somebody who is logged in. */
export function LogOutButton({ onFailure }: { readonly onFailure: (thrown: unknown) => void }) {
  const user = session.value?.csrfToken == null ? null : session.value.user;
  if (user === null) return null;
  return (
    <button type="button" class="button log-out" title={user.name} onClick={() => void logOut(onFailure)}>
      {texts.value.login.logOut}
    </button>
  );
}

async function logOut(onFailure: (thrown: unknown) => void): Promise<void> {
  try {
    await rest.logOut();
    location.reload();
  } catch (thrown) {
    onFailure(thrown);
  }
}
