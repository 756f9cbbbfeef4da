import { dtypeBytes, type TensorFile } from '../tensor-data.ts';
import { BoundedFile } from '../bounded-file.ts';
import { StoredZip } from '../stored-zip.ts';
import { gather } from './gather.ts';
import { isKind, type PickleValue, type Storage, type TensorView } from './pickle-value.ts';
import { unpickle } from './unpickle.ts';

const maxPickleSize = 32 * 1024 * 1024;

/** First bytes of the format torch wrote before 1.6: a protocol-2 pickle of the magic number 0x1950a86a20f9469cfc6c. */
const oldTorchMagic = Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex');

/**
 * Opens a checkpoint that `torch.save` wrote (1.6 or newer): the tensors of the state dict found under `state_dict`,
 * under `model` or at the top, read one at a time. Runs nothing the file asks for. Throws `FormatError`.
 */
export async function openTorchCheckpoint(path: string): Promise<TensorFile> {
  await refuseOtherFormats(path);
  const zip = await StoredZip.open(path);
  try {
    const { file } = zip;
    const folder = archiveFolder(zip);
    const tensors = findStateDict(await readPickle(zip, `${folder}/data.pkl`), file);
    await refuseBigEndian(zip, folder);
    checkStorages(zip, folder, tensors);

    const find = (name: string): TensorView => {
      const tensor = tensors.get(name);
      if (tensor === undefined) throw file.error('no_such_tensor', `has no tensor ${JSON.stringify(name)}`);
      return tensor;
    };
    const readStorage = rememberLast((key: string) => zip.read(`${folder}/data/${key}`));
    return {
      path,
      names: [...tensors.keys()],
      metadata: new Map(),
      has: (name) => tensors.has(name),
      info(name) {
        const { storage, shape } = find(name);
        return { dtype: storage.dtype, shape };
      },
      async read(name) {
        const { storage, offset, shape, strides } = find(name);
        const bytes = await readStorage(storage.key);
        const data = gather(bytes, dtypeBytes[storage.dtype], offset, shape, strides);
        return { dtype: storage.dtype, shape, data };
      },
      close: () => zip.close(),
    };
  } catch (error) {
    await zip.close();
    throw error;
  }
}

async function refuseOtherFormats(path: string): Promise<void> {
  const file = await BoundedFile.open(path);
  try {
    const start = await file.read(0, Math.min(oldTorchMagic.length, file.size));
    if (start.equals(oldTorchMagic)) {
      throw file.error('unsupported', 'was saved by torch before 1.6; load and save it with a newer torch');
    }
    if (start.toString('latin1', 0, 2) !== 'PK') {
      throw file.error('unsupported', 'is not a checkpoint of torch 1.6 or newer (no zip archive)');
    }
  } finally {
    await file.close();
  }
}

/** torch puts everything into one folder, named after the file at the time it was saved. */
function archiveFolder(zip: StoredZip): string {
  const pickles = zip.names.filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  const [only, ...others] = pickles;
  if (only === undefined || others.length > 0) {
    throw zip.file.error('unsupported', 'is a zip archive, but not one of a torch checkpoint');
  }
  return only.slice(0, only.indexOf('/'));
}

async function readPickle(zip: StoredZip, name: string): Promise<PickleValue> {
  if ((zip.size(name) ?? 0) > maxPickleSize) {
    throw zip.file.error('too_large', `its pickle is larger than ${maxPickleSize} bytes`);
  }
  return unpickle(await zip.read(name), (code, problem) => zip.file.error(code, problem));
}

async function refuseBigEndian(zip: StoredZip, folder: string): Promise<void> {
  const name = `${folder}/byteorder`;
  const size = zip.size(name);
  if (size === undefined) return;
  if (size > 16 || (await zip.read(name)).toString('latin1') !== 'little') {
    throw zip.file.error('unsupported', 'was saved on a big-endian machine');
  }
}

function findStateDict(root: PickleValue, file: BoundedFile): Map<string, TensorView> {
  const candidates = root instanceof Map ? [root.get('state_dict'), root.get('model'), root] : [];
  for (const candidate of candidates) {
    if (!(candidate instanceof Map)) continue;
    const tensors = new Map<string, TensorView>();
    const opaque: string[] = [];
    for (const [name, value] of candidate) {
      if (typeof name !== 'string') continue;
      if (isKind(value, 'tensor')) tensors.set(name, value);
      if (isKind(value, 'inert')) opaque.push(`${JSON.stringify(name)} is made of ${value.name}`);
    }
    if (tensors.size === 0) continue;
    if (opaque[0] !== undefined) throw file.error('unsupported', `${opaque[0]}, which is no tensor`);
    return tensors;
  }
  throw file.error('unsupported', 'holds no state dict of tensors');
}

function checkStorages(zip: StoredZip, folder: string, tensors: ReadonlyMap<string, TensorView>): void {
  for (const [name, { storage }] of tensors) {
    const size = zip.size(`${folder}/data/${storage.key}`);
    if (size !== storageBytes(storage)) {
      const has = size === undefined ? 'no data' : `${size} bytes of data`;
      throw zip.file.error(
        'malformed',
        `tensor ${JSON.stringify(name)} has ${has}, not ${storageBytes(storage)}`,
      );
    }
  }
}

function storageBytes({ dtype, elements }: Storage): number {
  return elements * dtypeBytes[dtype];
}

/** Tensors that share a storage follow one another: remembering one saves reading it again for each of them. */
function rememberLast<T>(load: (key: string) => Promise<T>): (key: string) => Promise<T> {
  let last: { key: string; value: T } | undefined;
  return async (key) => {
    if (last?.key !== key) last = { key, value: await load(key) };
    return last.value;
  };
}
