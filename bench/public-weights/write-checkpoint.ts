import { writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';

/** Just enough of a zip writer and a pickle assembler to make checkpoints, honest and hostile. */

export interface Part {
  readonly name: string;
  readonly data: Uint8Array;
  /** 0 (stored) unless the test lies. */
  readonly method?: number;
}

export function zip(parts: readonly Part[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, method = 0 } of parts) {
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), data]);
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, rest, Buffer.from(name));
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, end]);
}

type Code = Uint8Array | string;
export const assemble = (...codes: readonly Code[]): Buffer =>
  Buffer.concat(codes.map((code) => (typeof code === 'string' ? Buffer.from(code, 'latin1') : code)));

export function text(value: string): Buffer {
  const utf8 = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(utf8.length);
  return assemble('X', length, utf8);
}

export function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return assemble('J', bytes);
}

export const tuple = (...items: readonly Code[]): Buffer => assemble('(', ...items, 't');
export const dict = (...keysAndValues: readonly Code[]): Buffer => assemble('}(', ...keysAndValues, 'u');
export const global = (module: string, name: string): Buffer => assemble(`c${module}\n${name}\n`);
export const call = (callee: Code, ...args: readonly Code[]): Buffer => assemble(callee, tuple(...args), 'R');

interface View {
  readonly key?: string;
  readonly type?: string;
  readonly elements: number;
  readonly offset?: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

export function tensor({
  key = '0',
  type = 'FloatStorage',
  elements,
  offset = 0,
  shape,
  strides,
}: View): Buffer {
  const store = assemble(
    tuple(text('storage'), global('torch', type), text(key), text('cpu'), int(elements)),
    'Q',
  );
  const hooks = call(global('collections', 'OrderedDict'));
  const sides = tuple(...shape.map(int));
  const rebuild = global('torch._utils', '_rebuild_tensor_v2');
  return call(rebuild, store, int(offset), sides, tuple(...strides.map(int)), '\x89', hooks);
}

/** A whole checkpoint file: this pickle, and these storages by key. */
export function writeCheckpoint(path: string, pickle: Code, storages: Record<string, Uint8Array> = {}): void {
  const parts: Part[] = [{ name: 'archive/data.pkl', data: assemble('\x80\x02', pickle, '.') }];
  for (const [key, data] of Object.entries(storages)) parts.push({ name: `archive/data/${key}`, data });
  writeFileSync(path, zip(parts));
}
