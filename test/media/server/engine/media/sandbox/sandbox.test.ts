import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { before, describe, test } from 'node:test';
import { z } from 'zod';
import { type Confinement, confinements } from '#engine/media/sandbox/launch.ts';
import { killGroup, start } from '#engine/media/sandbox/sandbox.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';

const program = process.execPath;
const limits = { cpuSeconds: 30, memory: 3 * 2 ** 30 };
/** Of the confinements that are a sandbox, those that work on this machine. */
const sandboxes = new Map<string, Confinement>();
for (const confinement of confinements.filter(
  ({ level }) => level === 'bubblewrap' || level === 'namespaces',
)) {
  const child = start(await confinement.launch({ program, clip: '/dev/null', limits }, () => ['--version']));
  const [code] = await once(child, 'exit');
  const name = `${confinement.level}${sandboxes.has(confinement.level) ? ' of a user' : ''}`;
  if (code === 0) sandboxes.set(name, confinement);
}

test('some sandbox works', (context) => {
  if (sandboxes.size === 0) context.skip('neither bubblewrap nor namespaces are allowed here');
});

/** Runs JavaScript in the place of ffmpeg; `clip` is the path it gets. What it prints, and its exit code. */
async function runInside(
  confinement: Confinement,
  clip: string,
  script: string,
): Promise<{ stdout: string; stderr: string; code: number }> {
  const child = start(await confinement.launch({ program, clip, limits }, (shown) => ['-e', script, shown]));
  assert.ok(child.stdout && child.stderr);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { stdout, stderr, code };
}

const attempts = z.record(z.string(), z.string());

for (const [name, confinement] of sandboxes)
  describe(`from inside the sandbox: ${name}`, () => {
    const { level } = confinement;
    const folder = tempFolder();
    const [clip, other, database] = [
      join(folder, 'a.clip'),
      join(folder, 'b.clip'),
      join(folder, 'stan-llava.db'),
    ];
    /** For each attempt, what came of it: an error code, or `done`. */
    let outcomes: Record<string, string>;

    before(async () => {
      for (const path of [clip, other, database]) await writeFile(path, `bytes of ${path}`);
      const script = `
      const fs = require('node:fs');
      const { spawnSync } = require('node:child_process');
      const net = require('node:net');
      const outcomes = {};
      const attempt = (name, work) => {
        try { work(); outcomes[name] = 'done'; } catch (error) { outcomes[name] = error.code ?? error.message; }
      };
      const read = (path) => () => fs.readFileSync(path);
      attempt('the clip', read(process.argv[1]));
      attempt('another clip', read(${JSON.stringify(other)}));
      attempt('the database', read(${JSON.stringify(database)}));
      attempt('/etc/shadow', read('/etc/shadow'));
      attempt('/etc/passwd', read('/etc/passwd'));
      attempt('environ of the server', read('/proc/${process.pid}/environ'));
      attempt('its own environ', read('/proc/self/environ'));
      attempt('a signal to the server', () => process.kill(${process.pid}, 0));
      attempt('a signal to all', () => process.kill(-1, 0));
      for (const path of ['/file', ${JSON.stringify(join(tmpdir(), 'file'))}, '/dev/shm/file', '/proc/file', ${JSON.stringify(join(folder, 'file'))}, process.argv[1]])
        attempt('write ' + path, () => fs.writeFileSync(path, 'x'));
      attempt('a folder', () => fs.mkdirSync('/folder'));
      attempt('remove the clip', () => fs.unlinkSync(process.argv[1]));
      attempt('another program', () => { const { error } = spawnSync('/bin/sh', ['-c', 'true']); if (error) throw error; });
      const users = [process.getuid(), process.getgid()].join();
      const names = fs.readdirSync('/').join();
      const processes = fs.readdirSync('/proc').length;
      const finish = (network) =>
        process.stdout.write(JSON.stringify({ ...outcomes, network, users, names, pid: String(process.pid), processes: String(processes) }));
      const socket = net.connect(${process.env['PORT'] ?? 9}, '127.0.0.1');
      socket.on('error', (error) => finish(error.code));
      socket.on('connect', () => finish('done'));`;
      const { stdout, stderr } = await runInside(confinement, clip, script);
      assert.ok(stdout !== '', stderr);
      outcomes = attempts.parse(JSON.parse(stdout));
    });

    test('the one clip can be read, and nothing else', () => {
      assert.equal(outcomes['the clip'], 'done');
      for (const name of ['another clip', 'the database', '/etc/shadow', '/etc/passwd'])
        assert.equal(outcomes[name], 'ENOENT', name);
    });

    test('no process is seen, no environment read, no signal sent, no program started', () => {
      assert.equal(outcomes['environ of the server'], 'ENOENT');
      assert.equal(outcomes['its own environ'], 'ENOENT');
      assert.equal(outcomes['processes'], '0');
      for (const name of ['a signal to the server', 'a signal to all'])
        assert.ok(['EPERM', 'ESRCH'].includes(outcomes[name] ?? ''), `${name}: ${outcomes[name]}`);
      assert.match(outcomes['another program'] ?? '', /^(ENOENT|EPERM)$/);
    });

    test('no file is made, changed or removed', async () => {
      const writes = Object.entries(outcomes).filter(([name]) => name.startsWith('write '));
      assert.equal(writes.length, 6);
      for (const [name, outcome] of [
        ...writes,
        ['a folder', outcomes['a folder']],
        ['remove', outcomes['remove the clip']],
      ])
        assert.match(outcome ?? '', /^(EROFS|ENOENT|EPERM|EACCES)$/, name);
      assert.equal(await readFile(clip, 'utf8'), `bytes of ${clip}`);
    });

    test('no network is reached', () => {
      assert.match(outcomes['network'] ?? '', /^(EPERM|EACCES|ENETUNREACH)$/);
      if (level === 'bubblewrap') assert.equal(outcomes['users'], '65534,65534');
    });

    test('no privileges, and with bubblewrap a filter of system calls', async () => {
      // the kernel's own word of a process of the sandbox, seen from outside
      const child = start(
        await confinement.launch({ program, clip, limits }, () => [
          '-e',
          "console.log('up');setTimeout(() => {}, 60000)",
        ]),
      );
      try {
        assert.ok(child.stdout);
        await once(child.stdout, 'data');
        const status = await readFile(`/proc/${await innermost(child.pid ?? 0)}/status`, 'utf8');
        const fieldOf = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1];
        assert.equal(fieldOf('NoNewPrivs'), '1');
        const isFiltered = level === 'bubblewrap' && ['x64', 'arm64'].includes(process.arch);
        if (isFiltered) assert.equal(fieldOf('Seccomp'), '2');
        for (const set of ['CapEff', 'CapPrm', 'CapInh', 'CapBnd', 'CapAmb'])
          assert.match(fieldOf(set) ?? '', /^0+$/, set);
      } finally {
        killGroup(child);
      }
    });

    test('ending it leaves no process behind', async () => {
      const child = start(
        await confinement.launch({ program, clip, limits }, () => [
          '-e',
          "console.log('up');setTimeout(() => {}, 60000)",
        ]),
      );
      assert.ok(child.stdout);
      await once(child.stdout, 'data');
      const inner = await innermost(child.pid ?? 0);
      const closed = once(child, 'close');
      killGroup(child);
      await closed;
      await assert.rejects(readFile(`/proc/${inner}/environ`));
    });
  });

/** The last of a chain of processes that each have started one. */
async function innermost(pid: number): Promise<number> {
  const [next] = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ');
  return next === undefined || next === '' ? pid : innermost(Number(next));
}
