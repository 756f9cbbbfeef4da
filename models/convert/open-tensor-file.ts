import { openSafetensors } from '../formats/safetensors/read.ts';
import type { TensorFile } from '../formats/tensor-data.ts';
import { openTorchCheckpoint } from '../formats/torch/read.ts';

/** Opens a safetensors file or a torch checkpoint, told apart by the name's ending. Throws `FormatError`. */
export function openTensorFile(path: string): Promise<TensorFile> {
  return path.endsWith('.safetensors') ? openSafetensors(path) : openTorchCheckpoint(path);
}
