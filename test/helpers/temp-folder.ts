import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

/** A folder of the calling suite's own; removed when the suite ends. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'stan-llava-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
