import { AsyncLocalStorage } from 'node:async_hooks';

const storage = new AsyncLocalStorage<string>();

/** Runs work on behalf of a client, for queues and budgets to know whose it is, however deep in the engine they are. */
export function runAsClient<T>(client: string, work: () => T): T {
  return storage.run(client, work);
}

/** The client that the current work is for; undefined for the server's own. */
export function currentClient(): string | undefined {
  return storage.getStore();
}
