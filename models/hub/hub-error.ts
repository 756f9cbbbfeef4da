/**
 * What can go wrong between us and the hub.
 * - `unreachable`: no answer, a cut or stalled connection, or a hub that cannot serve now
 * - `not_found`: the hub has no such repository, revision or file, or not the files that are needed
 * - `forbidden`: the files are gated or private
 * - `changed`: the file on the hub kept changing while it was downloaded
 * - `damaged`: what arrived has another size or hash than the hub promised
 * - `disk_full`: no room left here
 * - `protocol`: an answer that is not the hub's
 */
export type HubErrorCode =
  | 'unreachable'
  | 'not_found'
  | 'forbidden'
  | 'changed'
  | 'damaged'
  | 'disk_full'
  | 'protocol';

const local = 'to use files you have: npm run -s models -- import --llava FOLDER --stan FILE --out DIR';

const remedies: Record<HubErrorCode, string> = {
  unreachable: `try again when it can be reached; ${local}`,
  not_found: `check the name; ${local}`,
  forbidden: `accept the licence on its page and set HF_TOKEN; ${local}`,
  changed: 'run the command again',
  damaged: 'run the command again to download it anew',
  disk_full: 'what has arrived is kept: make room and run the command again to go on',
  protocol: `is HF_ENDPOINT the address of a hub? ${local}`,
};

/** A download that failed. One line: what failed, why, and what to do about it. */
export class HubError extends Error {
  readonly code: HubErrorCode;

  constructor(code: HubErrorCode, problem: string, options?: ErrorOptions) {
    super(`${problem}; ${remedies[code]}`, options);
    this.name = 'HubError';
    this.code = code;
  }
}
