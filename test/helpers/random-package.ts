import { compilePackage } from '#models/package/compile.ts';
import type { PackageManifest } from '#models/package/manifest.ts';
import { demoRun } from '#models/train/demo-run.ts';
import { initialValue } from '#models/train/initialise.ts';
import { chatEncoder, retrievalEncoder, textEncoder } from '#models/package/encoders.ts';
import { WeightSet } from '#models/nets/weights.ts';
import { embedTokens, llamaDecoder } from '#models/nets/llama.ts';
import { input } from '#models/graph/tensor.ts';

/** A package of the demo's shape with untrained weights: everything runs, nothing is right. Written to `out`. */
export async function writeRandomPackage(out: string, seed = 1): Promise<PackageManifest> {
  const run = await demoRun(seed);
  const asked = new WeightSet();
  chatEncoder(asked.get, run.arch);
  retrievalEncoder(asked.get, run.arch);
  textEncoder(asked.get, run.arch);
  llamaDecoder(asked.get, embedTokens(asked.get, input('ids', [1, 1], 'int64'), run.arch.llm), run.arch.llm);
  const weights = new Map(
    [...asked.tensors].map(([name, { shape }]) => [name, initialValue(name, shape.map(Number), seed)]),
  );
  return compilePackage(
    {
      about: { name: 'random', version: '0', licence: 'none', about: 'Untrained; for tests.', sources: [] },
      arch: run.arch,
      weights,
      tokenizer: run.tokenizer,
      template: run.template,
      resize: 'crop',
      context: 1024,
      slots: 4,
    },
    out,
  );
}
