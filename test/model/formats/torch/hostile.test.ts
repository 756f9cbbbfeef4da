import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FormatError, type FormatErrorCode } from '#models/formats/format-error.ts';
import { openTorchCheckpoint } from '#models/formats/torch/read.ts';
import { tempFolder } from '#test/helpers/temp-folder.ts';
import {
  assemble,
  call,
  dict,
  global,
  int,
  tensor,
  text,
  tuple,
  writeCheckpoint,
  zip,
} from '#bench/public-weights/write-checkpoint.ts';

const folder = tempFolder();
const path = join(folder, 'hostile.pth');
const eight = { 0: Buffer.alloc(8) };
const pair = { elements: 2, shape: [2], strides: [1] };

async function refuses(code: FormatErrorCode, problem: RegExp): Promise<void> {
  await assert.rejects(openTorchCheckpoint(path), (error) => {
    assert.ok(error instanceof FormatError, String(error));
    assert.match(error.message, problem);
    assert.equal(error.code, code);
    assert.ok(error.message.startsWith(`${path}: `));
    assert.ok(!error.message.includes('\n') && error.message.length < path.length + 300);
    return true;
  });
}

async function refusesPickle(
  pickle: Uint8Array | string,
  code: FormatErrorCode,
  problem: RegExp,
): Promise<void> {
  writeCheckpoint(path, pickle, eight);
  await refuses(code, problem);
}

describe('hostile pickles', () => {
  it('run nothing: any other global is refused by name', async () => {
    const marker = join(folder, 'was-run');
    const command = text(`touch ${marker}`);
    await refusesPickle(call(global('posix', 'system'), command), 'forbidden', /"posix\.system"/);
    await refusesPickle(call(global('builtins', 'eval'), command), 'forbidden', /"builtins\.eval"/);
    await refusesPickle(assemble(text('os'), text('system'), '\x93'), 'forbidden', /"os\.system"/);
    await refusesPickle(global('torch', '__proto__'), 'forbidden', /"torch\.__proto__"/);
    await refusesPickle(global('torch.serialization', 'load'), 'forbidden', /"torch\.serialization\.load"/);
    await refusesPickle(global('collections.OrderedDict', ''), 'forbidden', /"collections\.OrderedDict\."/);
    await refusesPickle(global('x'.repeat(900), 'y'), 'forbidden', /"xxx/);
    await refusesPickle(global('x'.repeat(2000), 'y'), 'malformed', /line/);
    // A harmless place in the tree makes no difference.
    const nested = dict(text('w'), tensor(pair), text('hook'), global('os', 'system'));
    await refusesPickle(nested, 'forbidden', /"os\.system"/);
    assert.ok(!readdirSync(folder).includes('was-run'));
  });

  it('cannot construct, call what is no function, or use extension codes', async () => {
    for (const callee of [global('collections', 'OrderedDict'), dict(), text('x')])
      await refusesPickle(assemble(callee, ')\x81'), 'malformed', /constructed/);
    await refusesPickle(assemble(global('numpy', 'ndarray'), ')}\x92'), 'unsupported', /0x92/);
    await refusesPickle('(S"echo"\nios\nsystem\n', 'unsupported', /0x53/);
    await refusesPickle('\x82\x01', 'unsupported', /0x82/);
    await refusesPickle(call(text('print'), text('x')), 'malformed', /calls/);
    await refusesPickle(call(dict(), text('x')), 'malformed', /calls/);
    await refusesPickle(call(global('torch', 'FloatStorage'), int(8)), 'malformed', /calls/);
  });

  it('stay inside their own stack, memo and marks', async () => {
    await refusesPickle('', 'malformed', /disorder/);
    await refusesPickle('NN', 'malformed', /disorder/);
    await refusesPickle('t', 'malformed', /mark/);
    await refusesPickle('\x85', 'malformed', /not there/);
    await refusesPickle('N(\x85', 'malformed', /not there/);
    await refusesPickle('}(s', 'malformed', /not there/);
    await refusesPickle('NNNs', 'malformed', /not a dict/);
    await refusesPickle('NNa', 'malformed', /not a list/);
    await refusesPickle('h\x07', 'malformed', /memo slot 7/);
    await refusesPickle('Nr\xff\xff\xff\xff', 'too_large', /memo slot 4294967295/);
    await refusesPickle('X\xff\xff\xff\xffabc', 'truncated', /too early/);
    await refusesPickle('X\x02\x00\x00\x00\xc3\x28', 'malformed', /UTF-8/);
    await refusesPickle('\x8a\xff\x01', 'truncated', /too early/);
  });

  it('stay small: nesting and instructions are bounded', async () => {
    await refusesPickle('('.repeat(10_000), 'too_large', /too deep/);
    await refusesPickle('}'.repeat(1_100_000), 'too_large', /instructions/);
    await refusesPickle(assemble(')', '\x85'.repeat(1_100_000)), 'too_large', /instructions/);
  });

  it('may share and nest references: nobody walks them', async () => {
    // Each of 200 tuples holds the one before it twice: 2^200 leaves.
    const doubled = Array.from({ length: 200 }, (_, slot) =>
      assemble('j', u32(slot), 'j', u32(slot), '\x86\x94'),
    );
    const bomb = tuple(')\x94', ...doubled);
    writeCheckpoint(path, dict(text('bomb'), bomb, text('w'), tensor(pair)), eight);
    assert.deepEqual(await names(), ['w']);
    // A dict that holds itself.
    writeCheckpoint(
      path,
      assemble('}\x94', text('state_dict'), 'h\x00s', text('w'), tensor(pair), 's'),
      eight,
    );
    assert.deepEqual(await names(), ['w']);
  });

  it('cannot describe a tensor that is not in the file', async () => {
    const one = async (view: object, code: FormatErrorCode, problem: RegExp) =>
      refusesPickle(dict(text('w'), tensor({ ...pair, ...view })), code, problem);
    await one({ shape: [3] }, 'malformed', /reaches past/);
    await one({ offset: 1 }, 'malformed', /reaches past/);
    await one({ offset: -1 }, 'malformed', /do not know/);
    await one({ strides: [-1] }, 'malformed', /do not know/);
    await one({ strides: [2] }, 'malformed', /reaches past/);
    await one({ strides: [1, 1] }, 'malformed', /1 sides and 2 strides/);
    await one({ shape: [2 ** 30], strides: [0] }, 'unsupported', /expanded/);
    await one({ shape: Array(4).fill(2 ** 30), strides: [0, 0, 0, 0] }, 'malformed', /reaches past/);
    await one({ shape: Array(17).fill(1), strides: Array(17).fill(1) }, 'malformed', /17 sides/);
    await one({ elements: 2 ** 30, shape: [2 ** 30] }, 'malformed', /8 bytes of data/);
    await one({ elements: 1, shape: [1] }, 'malformed', /8 bytes of data/);
    await one({ key: '../data.pkl' }, 'malformed', /no data/);
    await one({ type: 'UntypedStorage' }, 'forbidden', /torch\.UntypedStorage/);
    await refusesPickle(assemble(tuple(text('file'), text('/etc/passwd')), 'Q'), 'malformed', /storage/);
  });

  it('need tensors to be a checkpoint', async () => {
    await refusesPickle(dict(), 'unsupported', /no state dict/);
    await refusesPickle(text('hello'), 'unsupported', /no state dict/);
    await refusesPickle(dict(text('state_dict'), dict(text('w'), int(1))), 'unsupported', /no state dict/);
  });

  it('answer any mutation with a FormatError or tensors', async () => {
    const honest = assemble(dict(text('state_dict'), dict(text('w'), tensor(pair), text('v'), tensor(pair))));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(honest.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        async (changes) => {
          const pickle = Buffer.from(honest);
          for (const [index, value] of changes) pickle[index] = value;
          writeCheckpoint(path, pickle, eight);
          await readsOrRefuses();
        },
      ),
      { numRuns: 300 },
    );
  });

  it('answer any bytes with a FormatError', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (pickle) => {
        writeCheckpoint(path, pickle, eight);
        await readsOrRefuses();
      }),
      { numRuns: 200 },
    );
  });
});

describe('files that are no checkpoint', () => {
  const pickle = { name: 'a/data.pkl', data: assemble('\x80\x02', dict(text('w'), tensor(pair)), '.') };
  const data = { name: 'a/data/0', data: Buffer.alloc(8) };
  const cases: [name: string, bytes: Uint8Array, code: FormatErrorCode, problem: RegExp][] = [
    ['an empty file', Buffer.alloc(0), 'unsupported', /not a checkpoint/],
    ['a text', Buffer.from('hello'), 'unsupported', /not a checkpoint/],
    [
      'torch before 1.6',
      Buffer.from('80028a0a6cfc9c46f9206aa850192e80024de9032e', 'hex'),
      'unsupported',
      /before 1\.6/,
    ],
    ['a cut archive', zip([pickle, data]).subarray(0, -30), 'malformed', /whole zip archive/],
    ['another zip', zip([data]), 'unsupported', /not one of a torch checkpoint/],
    ['two pickles', zip([pickle, { ...pickle, name: 'b/data.pkl' }]), 'unsupported', /not one of a torch/],
    ['a part twice', zip([pickle, data, data]), 'malformed', /two parts/],
    ['a part outside', zip([pickle, { ...data, name: '../a' }]), 'malformed', /whole zip archive/],
    ['a compressed pickle', zip([{ ...pickle, method: 8 }, data]), 'unsupported', /compressed/],
    [
      'big-endian numbers',
      zip([pickle, data, { name: 'a/byteorder', data: Buffer.from('big') }]),
      'unsupported',
      /big-endian/,
    ],
  ];
  for (const [name, bytes, code, problem] of cases) {
    it(`refuses ${name}`, async () => {
      writeFileSync(path, bytes);
      await refuses(code, problem);
    });
  }
});

async function names(): Promise<readonly string[]> {
  const file = await openTorchCheckpoint(path);
  await file.close();
  return file.names;
}

async function readsOrRefuses(): Promise<void> {
  try {
    const file = await openTorchCheckpoint(path);
    try {
      for (const name of file.names) {
        const { shape, data } = await file.read(name);
        assert.ok(data.length <= 8 && shape.length <= 16);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
