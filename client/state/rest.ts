import { RestClient } from '#contract/client-rest.ts';
import { csrfHeaders } from '../login/session.ts';

/** The server of this page. */
export const rest = new RestClient({
  fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...csrfHeaders() } }),
});
