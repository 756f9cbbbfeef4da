import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ggmlF16 } from '#models/formats/gguf/types.ts';
import { inMebibytes, progressBar } from '#models/progress.ts';
import { newCommand } from '#core/command-line.ts';
import { mugStanNames, renamed, writeClipFolder, writeTorch } from '../public-weights/write-files.ts';
import { writeMmproj } from '../public-weights/write-mmproj.ts';
import { sevenBillion as arch } from './architecture.ts';
import { randomEncoderWeights } from './random-weights.ts';
import { writeRandomLlama } from './write-llm.ts';

/**
 * `bench real-size DIR`: files of the sizes that people have, with random weights, to rehearse an import: a LLaMA of seven
 * billion in Q4_0 (llm.gguf), its projector with ViT-L/14 (mmproj.gguf), the CLIP (clip/) and a branch (stan.pth).
 */
export function realSizeCommand() {
  return newCommand(
    'real-size',
    'Writes files of real size with random weights, about 7 GB, to rehearse an import.',
  )
    .argument('<dir>', 'folder for the files')
    .action(writeRealSize);
}

async function writeRealSize(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  const inFolder = (name: string): string => join(dir, name);
  await writeRandomLlama(inFolder('llm.gguf'), arch.llm, inMebibytes(progressBar('llm.gguf')));
  process.stderr.write('towers and branch ...\n');
  const weights = randomEncoderWeights(arch);
  await writeMmproj(inFolder('mmproj.gguf'), weights, arch, { type: ggmlF16 });
  await writeClipFolder(inFolder('clip'), weights, arch);
  const branch = new Map([...weights].filter(([name]) => name.startsWith('stan.')));
  writeTorch(inFolder('stan.pth'), renamed(branch, mugStanNames));
  const sources = `--llava ${inFolder('llm.gguf')} --mmproj ${inFolder('mmproj.gguf')} --clip ${inFolder('clip')} --stan ${inFolder('stan.pth')}`;
  process.stdout.write(`npm run -s models -- import ${sources} --out ${inFolder('package')}\n`);
}
