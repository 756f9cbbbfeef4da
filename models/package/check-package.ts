import { openGguf } from '#models/formats/gguf/read.ts';
import { loadPackage } from './load.ts';
import { type PackageManifest, packageFiles, retrievalVisionOf, videoTokenText } from './manifest.ts';
import { PackageError } from './package-error.ts';
import { runEncoderOnce, runRetrievalOnce } from './run-encoder.ts';

/**
 * Looks at a package as closely as can be without a clip: hashes, room for clips in the LLM's vocabulary, encoders that
 * run and give what the manifest says. `report` is told each thing found in order. Throws `PackageError` or `FormatError`.
 */
export async function checkPackage(dir: string, report: (finding: string) => void): Promise<PackageManifest> {
  const { manifest, path } = await loadPackage(dir);
  const { files, vision, language, retrieval } = manifest;
  report(`${Object.keys(files).length} files have the sizes and hashes of the manifest`);
  await checkVocabulary(path(packageFiles.llmBody), manifest);
  report(`the LLM has room for ${language.slots} clips of ${vision.tokens} tokens, ${vision.width} wide`);
  await runEncoderOnce(dir, vision);
  report(`the encoder makes ${vision.tokens} tokens of a clip at ${vision.imageSize} pixels`);
  if (retrieval !== undefined) {
    await runRetrievalOnce(dir, retrievalVisionOf(manifest), retrieval);
    report(`frames and texts meet in a space of ${retrieval.width} dimensions`);
  }
  return manifest;
}

async function checkVocabulary(body: string, { vision, language }: PackageManifest): Promise<void> {
  const llm = await openGguf(body);
  try {
    const refuse = (problem: string) => new PackageError('invalid', `${body}: ${problem}; import it again.`);
    const { shape } = llm.tensor('token_embd.weight');
    const [rows = 0, width] = shape;
    if (width !== vision.width) {
      throw refuse(`its embeddings are ${width} wide, the encoder's tokens ${vision.width}`);
    }
    const clips = language.slots * vision.tokens;
    const tokens = llm.metadata.get('tokenizer.ggml.tokens');
    const texts = tokens?.type === 'array' ? tokens.values : [];
    const [first, last] = [texts[rows - clips], texts[rows - 1]];
    if (first !== videoTokenText(0, 0) || last !== videoTokenText(language.slots - 1, vision.tokens - 1)) {
      throw refuse(`its vocabulary has no ${clips} tokens for clips at its end`);
    }
  } finally {
    await llm.close();
  }
}
