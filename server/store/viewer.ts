import type { Principal } from '#core/principal.ts';

/** On whose behalf something is read or changed. */
export interface Viewer {
  /** The user, as rows name their owner. */
  readonly user: string;
  /** Whether things of all users are theirs to see and to change. */
  readonly seesAll: boolean;
}

/** Who runs the server: its own work, the command line, and everybody on this machine while there are no keys. */
export const operator: Viewer = { user: 'operator', seesAll: true };

/** What a principal sees: the things of its user; an admin those of all. */
export function viewerOf({ userId, role }: Principal): Viewer {
  return userId === null ? operator : { user: userId, seesAll: role === 'admin' };
}
