import { readFile } from 'node:fs/promises';
import { Tokenizer } from '@huggingface/tokenizers';
import { openGguf } from '#models/formats/gguf/read.ts';
import { loadPackage } from './load.ts';
import { type PackageManifest, packageFiles, retrievalVisionOf, videoTokenText } from './manifest.ts';
import { PackageError } from './package-error.ts';
import { runEncoderOnce, runRetrievalOnce } from './run-encoder.ts';

/**
 * Checks a package as far as possible without a clip: hashes, rows for clips in the LLM's vocabulary, encoders that run
 * and give what the manifest says. `report` gets each passed check. Throws `PackageError` or `FormatError`.
 */
export async function checkPackage(dir: string, report: (finding: string) => void): Promise<PackageManifest> {
  const { manifest, path } = await loadPackage(dir);
  const { files, vision, language, retrieval } = manifest;
  report(`${Object.keys(files).length} files have the sizes and hashes of the manifest`);
  await checkVocabulary(path(packageFiles.llmBody), manifest);
  report(`the LLM has rows for ${language.slots} clips of ${vision.tokens} tokens, ${vision.width} wide`);
  await runEncoderOnce(dir, vision);
  report(`the encoder makes ${vision.tokens} tokens of a clip at ${vision.imageSize} pixels`);
  if (retrieval !== undefined) {
    await checkTokenizer(path(packageFiles.tokenizer));
    report('the tokenizer of texts can be read');
    await runRetrievalOnce(dir, retrievalVisionOf(manifest), retrieval);
    report(`frames and texts share a space of ${retrieval.width} dimensions`);
  }
  return manifest;
}

async function checkTokenizer(path: string): Promise<void> {
  try {
    const tokenizer = new Tokenizer(JSON.parse(await readFile(path, 'utf8')), {});
    tokenizer.encode('a clip', { add_special_tokens: false });
  } catch (cause) {
    throw new PackageError('invalid', `${path} is no tokenizer that can be used; import it again.`, {
      cause,
    });
  }
}

async function checkVocabulary(body: string, { vision, language }: PackageManifest): Promise<void> {
  const llm = await openGguf(body);
  try {
    const refuse = (problem: string) => new PackageError('invalid', `${body}: ${problem}; import it again.`);
    const { shape } = llm.tensor('token_embd.weight');
    const [rows, width] = shape;
    if (rows === undefined || width !== vision.width) {
      throw refuse(`its embeddings are [${shape.join(', ')}], the encoder's tokens ${vision.width} wide`);
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
