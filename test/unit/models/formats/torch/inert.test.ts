import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FormatError } from '#models/formats/format-error.ts';
import { toFloat32 } from '#models/formats/tensor-data.ts';
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
} from '#bench/public-weights/write-checkpoint.ts';

const path = join(tempFolder(), 'trained.pth');
const storages = { 0: Buffer.from(Float32Array.of(1.5, -2).buffer) };
const weights = dict(text('w'), tensor({ elements: 2, shape: [2], strides: [1] }));

type Code = Uint8Array | string;
const ordered = (...keysAndValues: Code[]) =>
  assemble(call(global('collections', 'OrderedDict')), '(', ...keysAndValues, 'u');
const list = (...items: Code[]) => assemble('](', ...items, 'e');

/** How protocol 2 writes the bytes `value`, a numpy array of `count` doubles and a numpy number. */
const bytes = (value: string) => call(global('_codecs', 'encode'), text(value), text('latin1'));
const dtype = (name: string) => {
  const state = tuple(int(3), text('<'), 'N', 'N', 'N', int(-1), int(-1), int(0));
  return assemble(call(global('numpy', 'dtype'), text(name), '\x89', '\x88'), state, 'b');
};
const array = (module: string, count: number) => {
  const made = call(global(module, '_reconstruct'), global('numpy', 'ndarray'), tuple(int(0)), bytes('b'));
  return assemble(
    made,
    tuple(int(1), tuple(int(count)), dtype('f8'), '\x89', bytes('\0'.repeat(8 * count))),
    'b',
  );
};
const scalar = (module: string) => call(global(module, 'scalar'), dtype('f8'), bytes('\0'.repeat(8)));

function historyBuffer(module: string): Buffer {
  const made = assemble(global('mmengine.logging.history_buffer', 'HistoryBuffer'), ')\x81');
  const state = dict(text('_log_history'), array(module, 2), text('_count_history'), array(module, 2));
  return assemble(made, state, 'b');
}

/** What mmengine's runner saves, with numpy before and after it renamed its module. */
function training(module: string, stateDict: Code = weights): Buffer {
  const hub = dict(
    text('log_scalars'),
    ordered(text('train/loss'), historyBuffer(module)),
    text('runtime_info'),
    ordered(text('iter'), int(7), text('loss'), scalar(module)),
    text('resumed_keys'),
    ordered(text('train/loss'), '\x88'),
  );
  return dict(
    text('meta'),
    dict(text('epoch'), int(1), text('cfg'), text('lr = 1e-4')),
    text('state_dict'),
    stateDict,
    text('message_hub'),
    hub,
    text('optimizer'),
    dict(text('param_groups'), list(dict(text('lr'), scalar(module)))),
    text('param_schedulers'),
    list(dict(text('_global_step'), int(7))),
  );
}

async function values(pickle: Code): Promise<Record<string, number[]>> {
  writeCheckpoint(path, pickle, storages);
  const file = await openTorchCheckpoint(path);
  try {
    const entries = await Promise.all(
      file.names.map(
        async (name): Promise<[string, number[]]> => [name, [...toFloat32(await file.read(name))]],
      ),
    );
    return Object.fromEntries(entries);
  } finally {
    await file.close();
  }
}

describe('what training leaves beside the weights', () => {
  for (const module of ['numpy.core.multiarray', 'numpy._core.multiarray']) {
    it(`is passed over (${module})`, async () => {
      assert.deepEqual(await values(training(module)), { w: [1.5, -2] });
    });
  }

  it('may be called, constructed, built and filled; nothing comes of it', async () => {
    const filled = assemble(call(global('collections', 'defaultdict'), global('__builtin__', 'list')));
    const cases = [
      assemble(filled, text('a'), int(1), 's'),
      assemble(filled, '(', text('a'), int(1), 'u'),
      assemble(call(global('collections', 'deque'), list()), int(1), 'a(', int(2), 'e'),
      call(global('__builtin__', 'set'), list(int(1))),
      call(global('torch', 'device'), text('cuda')),
      call(global('torch', 'Size'), tuple(int(2))),
      // what a call gives can be called again
      call(call(global('builtins', 'int'), text('7')), int(1)),
    ];
    for (const odd of cases) {
      const pickle = dict(text('odd'), odd, text('state_dict'), weights);
      assert.deepEqual(await values(pickle), { w: [1.5, -2] });
    }
  });

  it('is no part of a tensor and no callee with loose arguments', async () => {
    const inert = call(global('builtins', 'int'), text('2'));
    const wrong = [
      call(global('torch._utils', '_rebuild_parameter'), inert),
      call(global('torch._utils', '_rebuild_tensor_v2'), inert, int(0), tuple(int(1)), tuple(int(1))),
      assemble(inert, 'Q'),
      assemble(global('builtins', 'int'), int(2), 'R'),
    ];
    for (const pickle of wrong) await assert.rejects(values(pickle), { code: 'malformed' });
  });

  it('is refused in the state dict, by the name of the entry', async () => {
    const mixed = assemble(weights, text('queue'), scalar('numpy.core.multiarray'), 's');
    await assert.rejects(values(training('numpy.core.multiarray', mixed)), {
      name: 'FormatError',
      code: 'unsupported',
      message: /"queue" is made of numpy\.core\.multiarray\.scalar/,
    });
  });

  it('may name attributes of what is inert, and of nothing else', async () => {
    const buffer = global('mmengine.logging.history_buffer', 'HistoryBuffer');
    for (const module of ['builtins', '__builtin__']) {
      const attribute = (of: Code) => call(global(module, 'getattr'), of, text('min'));
      const hub = (value: Code) => dict(text('state_dict'), weights, text('message_hub'), value);
      assert.deepEqual(await values(hub(attribute(buffer))), { w: [1.5, -2] });
      for (const other of [
        global('collections', 'OrderedDict'),
        global('torch', 'FloatStorage'),
        text('os'),
        'N',
      ]) {
        await assert.rejects(values(hub(attribute(other))), { name: 'FormatError', code: 'forbidden' });
      }
      await assert.rejects(values(hub(attribute(global('os', 'path')))), /"os\.path"/);
    }
  });

  it('opens no door: neighbours of these names, and what reaches others, stay refused', async () => {
    for (const [module, name] of [
      ['builtins', 'eval'],
      ['builtins', 'set.__class__'],
      ['numpy', 'load'],
      ['numpy.core.multiarray', 'fromfile'],
      ['_codecs', 'decode'],
      ['collections', 'namedtuple'],
      ['torch', 'load'],
      ['mmengine.logging.history_buffer', 'np'],
      ['operator', 'attrgetter'],
      ['subprocess', 'Popen'],
    ] as const) {
      const hub = call(global(module, name), text('id'));
      await assert.rejects(values(dict(text('state_dict'), weights, text('message_hub'), hub)), {
        name: 'FormatError',
        code: 'forbidden',
        message: new RegExp(`"${module}\\.${name}"`),
      });
    }
  });

  it('answers any damage with a FormatError or tensors that lie in the file', async () => {
    const honest = training('numpy.core.multiarray');
    const change = fc.tuple(fc.nat(honest.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const pickle = Buffer.from(honest);
        for (const [index, value] of changes) pickle[index] = value;
        try {
          for (const found of Object.values(await values(pickle))) assert.ok(found.length <= 8);
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      }),
      { numRuns: 300 },
    );
  });
});
