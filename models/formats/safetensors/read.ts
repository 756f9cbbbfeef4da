import { BoundedFile } from '../bounded-file.ts';
import type { TensorFile } from '../tensor-data.ts';
import { readHeader, type StoredTensor } from './header.ts';

/** Opens a safetensors file: reads its header, then one tensor at a time. Throws `FormatError`. */
export async function openSafetensors(path: string): Promise<TensorFile> {
  const file = await BoundedFile.open(path);
  try {
    const { tensors, metadata } = await readHeader(file);
    const find = (name: string): StoredTensor => {
      const tensor = tensors.get(name);
      if (tensor === undefined) throw file.error('no_such_tensor', `has no tensor ${JSON.stringify(name)}`);
      return tensor;
    };
    return {
      path,
      names: [...tensors.keys()],
      metadata,
      has: (name) => tensors.has(name),
      info(name) {
        const { dtype, shape } = find(name);
        return { dtype, shape };
      },
      async read(name) {
        const { dtype, shape, start, end } = find(name);
        return { dtype, shape, data: await file.read(start, end - start) };
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}
