import { type DType, elementCount } from '../tensor-data.ts';
import type { Fail } from './pickle-input.ts';
import { type Global, isKind, type PickleValue, type Storage, type TensorView } from './pickle-value.ts';

const maxDimensions = 16;

const storageTypes: Readonly<Record<string, DType>> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
};

/**
 * What mmengine, numpy and optimisers leave in a training checkpoint beside its tensors (`message_hub`, `optimizer`). Nothing
 * of it is of use here, so nothing of it is made: whatever a pickle does with these names has no effect.
 */
const inertNames = [
  'mmengine.logging.history_buffer.HistoryBuffer',
  'numpy.ndarray',
  'numpy.dtype',
  ...['numpy.core.multiarray', 'numpy._core.multiarray'].flatMap((module) => [
    `${module}._reconstruct`,
    `${module}.scalar`,
  ]),
  '_codecs.encode', // how protocol 2 writes bytes
  'collections.defaultdict',
  'collections.deque',
  'torch.Size',
  'torch.device',
  ...['builtins', '__builtin__'].flatMap((module) =>
    ['set', 'list', 'int'].map((name) => `${module}.${name}`),
  ),
];

/** Everything a checkpoint may refer to by name; whatever else it names is refused. */
const globals: ReadonlyMap<string, Global> = new Map<string, Global>([
  ['collections.OrderedDict', { kind: 'ordered-dict' }],
  ['torch._utils._rebuild_tensor_v2', { kind: 'rebuild-tensor' }],
  ['torch._utils._rebuild_parameter', { kind: 'rebuild-parameter' }],
  ...Object.entries(storageTypes).map(([name, dtype]): [string, Global] => [
    `torch.${name}`,
    { kind: 'storage-type', dtype },
  ]),
  ...inertNames.map((name): [string, Global] => [name, { kind: 'inert', name }]),
  // since 0.7.3 mmengine's HistoryBuffer names its own methods this way; a label too, and only of what is inert itself
  ...['builtins', '__builtin__'].map((module): [string, Global] => [
    `${module}.getattr`,
    { kind: 'attribute-of-inert' },
  ]),
]);

export function findGlobal(module: string, name: string, fail: Fail): Global {
  const found = globals.get(`${module}.${name}`);
  if (found !== undefined) return found;
  const quoted = JSON.stringify(`${module}.${name}`.slice(0, 120));
  throw fail('forbidden', `asks for ${quoted}, which is not run; save its state_dict alone with torch`);
}

/** What `callee(*args)` would have made. */
export function rebuild(callee: PickleValue, args: PickleValue, fail: Fail): PickleValue {
  if (Array.isArray(args)) {
    if (isKind(callee, 'ordered-dict')) return orderedDict(args, fail);
    if (isKind(callee, 'rebuild-tensor')) return tensorView(args, fail);
    if (isKind(callee, 'rebuild-parameter') && isKind(args[0], 'tensor')) return args[0];
    if (isKind(callee, 'inert')) return callee;
    if (isKind(callee, 'attribute-of-inert')) {
      if (isKind(args[0], 'inert')) return args[0];
      throw fail('forbidden', 'asks for an attribute of what is not one of its training records');
    }
  }
  throw fail('malformed', 'calls what cannot be called');
}

/** The archive part a persistent id names: `('storage', type, key, device, elements)`. */
export function storage(id: PickleValue, fail: Fail): Storage {
  if (Array.isArray(id)) {
    const [tag, type, key, , elements] = id;
    if (tag === 'storage' && isKind(type, 'storage-type') && typeof key === 'string' && isCount(elements)) {
      return { kind: 'storage', dtype: type.dtype, key, elements };
    }
  }
  throw fail('malformed', 'refers to a storage in a way we do not know');
}

function orderedDict(args: readonly PickleValue[], fail: Fail): PickleValue {
  const dict = new Map<PickleValue, PickleValue>();
  const pairs = args[0] ?? [];
  if (!Array.isArray(pairs)) throw fail('malformed', 'an OrderedDict is not made of pairs');
  for (const pair of pairs) {
    if (!Array.isArray(pair)) throw fail('malformed', 'an OrderedDict is not made of pairs');
    dict.set(pair[0] ?? null, pair[1] ?? null);
  }
  return dict;
}

/** `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward_hooks)`. */
function tensorView(args: readonly PickleValue[], fail: Fail): TensorView {
  const [store, offset, shape, strides] = args;
  if (!isKind(store, 'storage') || !isCount(offset) || !isCounts(shape) || !isCounts(strides)) {
    throw fail('malformed', 'describes a tensor in a way we do not know');
  }
  if (shape.length !== strides.length || shape.length > maxDimensions) {
    throw fail('malformed', `a tensor has ${shape.length} sides and ${strides.length} strides`);
  }
  const count = elementCount(shape);
  const last = shape.reduce(
    (index, side, axis) => index + (side - 1) * (strides[axis] ?? Number.NaN),
    offset,
  );
  if (!Number.isSafeInteger(count) || (count > 0 && !(last < store.elements))) {
    throw fail('malformed', `a tensor [${shape.join(', ')}] reaches past its storage of ${store.elements}`);
  }
  // An expanded tensor costs nothing in the file and everything in memory.
  if (count > store.elements) throw fail('unsupported', 'a tensor repeats its storage (expanded)');
  return { kind: 'tensor', storage: store, offset, shape, strides };
}

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isCounts(value: PickleValue | undefined): value is number[] {
  return Array.isArray(value) && value.every(isCount);
}
