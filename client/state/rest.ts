import { RestClient } from '#contract/client-rest.ts';

/** The server of this page. */
export const rest = new RestClient();
