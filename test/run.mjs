/**
 * `npm test [-- WHAT ...] [--watch]`: runs every `*.test.ts`, the fast kinds first. WHAT is a kind (`unit`), a folder or a
 * file. Prints node:test's spec report, then its closing lines (`# tests`, `# pass`, `# fail` ...); exits 1 when one fails.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { run } from 'node:test';
import { spec as SpecReporter } from 'node:test/reporters';
import { pathToFileURL } from 'node:url';

const kinds = ['unit', 'checks', 'media', 'model', 'e2e'];
const folder = import.meta.dirname;
const root = join(folder, '..');
const minutes = 60_000;
/** Files of this kind start no process and share nothing, so many run in one process: loading the modules costs most. */
const sharedKind = 'unit';
const processes = 2;

const args = process.argv.slice(2);
const wanted = args.filter((arg) => arg !== '--watch');
if (args.includes('--watch')) watchSources();
else await runTests();

async function runTests() {
  const files =
    wanted.length > 0 ? wanted.flatMap(find) : kinds.flatMap((kind) => testsUnder(join(folder, kind)));
  if (files.length === 0) {
    console.error(
      `No tests match ${wanted.join(' ')}; name a kind (${kinds.join(', ')}), a folder or a *.test.ts file.`,
    );
    process.exit(1);
  }
  const scratch = mkdtempSync(join(tmpdir(), 'stan-llava-tests-'));
  process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
  // node:test starts one process a file, with this process's own options
  process.execArgv.push('--import', 'tsx');
  const options = { concurrency: processes, timeout: 15 * minutes };
  const events = run({
    files: [...shardFiles(files, scratch), ...files.filter((file) => !isShared(file))],
    ...options,
  });
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
}

/** Entry files that import the tests of the shared kind, one for each process. */
function shardFiles(files, scratch) {
  const shared = files.filter(isShared);
  return Array.from({ length: Math.min(processes, shared.length) }, (_, shard) => {
    const own = shared.filter((_file, i) => i % processes === shard);
    const entry = join(scratch, `${sharedKind}-${shard + 1}.mjs`);
    writeFileSync(
      entry,
      own.map((file) => `await import(${JSON.stringify(pathToFileURL(file).href)});\n`).join(''),
    );
    return entry;
  });
}

function isShared(file) {
  return resolve(file).startsWith(join(folder, sharedKind));
}

/** Runs the same again whenever a source changes. */
function watchSources() {
  let child;
  let timer;
  const start = () => {
    child?.kill();
    child = spawn(process.execPath, [import.meta.filename, ...wanted], { stdio: 'inherit' });
  };
  for (const name of ['server', 'client', 'models', 'test']) {
    watch(join(root, name), { recursive: true }, (_event, file) => {
      if (!/\.(ts|tsx|json|sql)$/.test(file ?? '')) return;
      clearTimeout(timer);
      timer = setTimeout(start, 200);
    });
  }
  start();
}

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
