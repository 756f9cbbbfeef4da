/**
 * `npm test [-- WHAT ...]`: runs every `*.test.ts`, the fast kinds first. WHAT is a kind (`unit`), a folder or a file.
 * Prints node:test's spec report, then its closing lines (`# tests`, `# pass`, `# fail` ...); exits 1 when one fails.
 */
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from 'node:test';
import { spec as SpecReporter } from 'node:test/reporters';

const kinds = ['unit', 'contract', 'model', 'e2e'];
const folder = import.meta.dirname;
const minutes = 60_000;

const wanted = process.argv.slice(2);
const files =
  wanted.length > 0 ? wanted.flatMap(find) : kinds.flatMap((kind) => testsUnder(join(folder, kind)));
if (files.length === 0) {
  console.error(
    `No tests match ${wanted.join(' ')}; name a kind (${kinds.join(', ')}), a folder or a *.test.ts file.`,
  );
  process.exit(1);
}

// node:test starts one process a file, with this process's own options.
process.execArgv.push('--import', 'tsx');
const events = run({ files, concurrency: 2, timeout: 15 * minutes });
const closingLines = [];
events.on('test:fail', ({ todo }) => {
  if (todo === undefined || todo === false) process.exitCode = 1;
});
events.on('test:diagnostic', ({ nesting, message }) => {
  if (nesting === 0 && /^(tests|suites|pass|fail|cancelled|skipped|todo) \d+$/.test(message)) {
    closingLines.push(`# ${message}`);
  }
});
const report = events.compose(new SpecReporter());
report.on('end', () => console.log(closingLines.join('\n')));
report.pipe(process.stdout);

function find(what) {
  return kinds.includes(what) ? testsUnder(join(folder, what)) : testsUnder(resolve(what));
}

function testsUnder(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (stats.isFile()) return path.endsWith('.test.ts') ? [path] : [];
  return readdirSync(path, { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .map((name) => join(path, name));
}
