import { replaceFile } from '../replace-file.ts';
import { byteLength, dtypeBytes, type TensorData } from '../tensor-data.ts';

export interface NamedTensor extends TensorData {
  readonly name: string;
}

/**
 * Writes a safetensors file all or nothing (see `replaceFile`). Wider types come first, so that every tensor is
 * aligned to its own width. Throws `RangeError` for a name used twice or bytes that do not fit the shape.
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<NamedTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const inOrder = [...tensors].sort((a, b) => dtypeBytes[b.dtype] - dtypeBytes[a.dtype]);
  const header = encodeHeader(inOrder, metadata);
  await replaceFile(path, async (file) => {
    await file.writeFile(header);
    for (const { data } of inOrder) await file.writeFile(data);
  });
}

function encodeHeader(
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const entries = new Map<string, unknown>();
  if (Object.keys(metadata).length > 0) entries.set('__metadata__', metadata);
  let end = 0;
  for (const { name, dtype, shape, data } of tensors) {
    if (entries.has(name) || name === '__metadata__') throw new RangeError(`tensor name ${name} is taken`);
    if (data.byteLength !== byteLength({ dtype, shape })) {
      throw new RangeError(`tensor ${name}, ${dtype} [${shape.join(', ')}], has ${data.byteLength} bytes`);
    }
    const start = end;
    end += data.byteLength;
    entries.set(name, { dtype, shape, data_offsets: [start, end] });
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  // Spaces after the JSON are part of the format: they align the data to 8 bytes.
  const bytes = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ');
  bytes.writeBigUInt64LE(BigInt(bytes.length - 8));
  json.copy(bytes, 8);
  return bytes;
}
