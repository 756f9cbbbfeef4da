/**
 * `npm run dev [-- FLAGS OF SERVE]`: the server, which restarts when a source changes, and the page by vite, which takes
 * changes in without a reload. Open the address that vite prints; it hands everything else on to the server.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const server = ['--watch', '--import', 'tsx', 'server/cli/stan-llava.ts', 'serve'];
const vite = [join(import.meta.dirname, 'node_modules/vite/bin/vite.js'), 'client'];

const children = [[...server, ...process.argv.slice(2)], vite].map((args) =>
  spawn(process.execPath, args, { cwd: import.meta.dirname, stdio: 'inherit' }),
);
const stop = () => {
  for (const child of children) child.kill('SIGTERM');
};
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
for (const child of children) {
  child.once('exit', (code) => {
    process.exitCode ||= code ?? 0;
    stop();
  });
}
