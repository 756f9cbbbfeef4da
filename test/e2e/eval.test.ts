import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { z } from 'zod';

const accuracy = z.object({
  right: z.int(),
  asked: z.int(),
  share: z.number().nullable(),
  standardError: z.number().nullable(),
});
const report = z.object({
  mode: z.literal('plain'),
  clips: z.literal(2),
  accuracies: z.record(z.string(), accuracy),
});

function evaluate(...args: string[]) {
  return spawnSync(process.execPath, ['--import', 'tsx', 'server/cli/stan-llava.ts', 'eval', ...args], {
    encoding: 'utf8',
  });
}

test('eval asks a server of its own about clips and counts every answer once', () => {
  const { status, stdout, stderr } = evaluate('chat', '--clips', '2', '--seed', '3', '--plain', '--json');
  assert.equal(status, 0, stderr);
  const { accuracies } = report.parse(JSON.parse(stdout));
  assert.equal(accuracies['colour']?.asked, 2);
  assert.equal(accuracies['object']?.asked, 2);
  assert.equal((accuracies['direction']?.asked ?? 0) + (accuracies['still']?.asked ?? 0), 2);
});

test('eval says what is wrong with a call, and with a package that is not there', () => {
  assert.deepEqual([evaluate('chats').status, evaluate('chat', '--clips', '0').status], [2, 2]);
  const { status, stderr } = evaluate('chat', '--clips', '1', '--package', 'no/such/package');
  assert.equal(status, 1);
  assert.match(stderr, /no\/such\/package/);
});
