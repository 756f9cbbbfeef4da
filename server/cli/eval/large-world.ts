import { accuracyTable } from '#models/evaluate/accuracy-table.ts';
import { confidenceCurve, matchCutOff } from '#models/evaluate/calibration.ts';
import { type ChatFigures, measureChat } from '#models/evaluate/large-world/chat.ts';
import { measureSearch, type SearchFigures } from '#models/evaluate/large-world/search.ts';
import type { PackageManifest } from '#models/package/manifest.ts';
import { readManifest } from '#models/package/read-manifest.ts';
import { sealPackage } from '#models/package/seal.ts';
import { requestedMode } from '#contract/rest.ts';
import type { RequestedMode } from '#engine/types.ts';
import { newCommand, parsedBy } from '#core/command-line.ts';
import { ClipServer } from './clip-server.ts';
import { newWorldCommand, wholeNumber } from './options.ts';

const about =
  'Asks a server of its own about unseen clips of the large world and searches them, a row for each kind.';

/** `eval large-world` */
export function largeWorldCommand(signal: AbortSignal) {
  return newWorldCommand('large-world', about, 160)
    .option('--mode <mode>', `one of ${requestedMode.options.join(', ')}`, parsedBy(requestedMode), 'stan')
    .action(async ({ clips, seed, mode, json, package: modelPackage }) => {
      const stream = `test/${seed}/served`;
      const { chat, search } = await measure(modelPackage, mode, { stream, count: clips, signal });
      const rows = { ...chat.rows, ...search?.rows };
      const report = { package: modelPackage, mode, clips, seed, rows };
      process.stdout.write(json ? `${JSON.stringify(report)}\n` : accuracyTable(rows));
    });
}

/** `eval calibrate`: draws of its own, which neither training nor the test shows. */
export function calibrateCommand(signal: AbortSignal) {
  return newCommand('calibrate', 'Measures how sure answers and matches are, and writes it into the package.')
    .requiredOption('--package <dir>', 'model package; its manifest is written again')
    .option('--clips <n>', 'clips of each kind', wholeNumber(20, 100_000), 160)
    .option('--seed <n>', 'which clips', wholeNumber(0, 40_000), 0)
    .action(async ({ clips, seed, package: modelPackage }) => {
      const { confidence: _, ...language } = (await readManifest(modelPackage)).language;
      // an earlier cut-off would hide what is to be measured
      const bare = await reseal(modelPackage, { language }, undefined);
      const stream = `validation/${seed}/served`;
      const { chat, search } = await measure(modelPackage, 'stan', { stream, count: clips, signal });
      const confidence = confidenceCurve(chat.samples);
      const cutOff = search === undefined ? undefined : matchCutOff(search.matching, search.unmatched);
      await reseal(modelPackage, { language: { ...bare.language, confidence } }, cutOff);
      const found = { confidence, cutOff };
      process.stdout.write(`${JSON.stringify(found)}\n`);
    });
}

async function measure(
  modelPackage: string,
  mode: RequestedMode,
  options: { readonly stream: string; readonly count: number; readonly signal: AbortSignal },
): Promise<{ chat: ChatFigures; search: SearchFigures | undefined }> {
  const { retrieval } = await readManifest(modelPackage);
  const server = await ClipServer.start(modelPackage, mode, options.signal);
  try {
    const chat = await measureChat(server, options);
    return { chat, search: retrieval === undefined ? undefined : await measureSearch(server, options) };
  } finally {
    await server.stop();
  }
}

/** Writes the manifest again, with another language section and cut-off. */
async function reseal(
  dir: string,
  { language }: Pick<PackageManifest, 'language'>,
  cutOff: number | undefined,
): Promise<PackageManifest> {
  const { files: _, retrieval, ...rest } = await readManifest(dir);
  if (retrieval === undefined) return sealPackage(dir, { ...rest, language });
  const { cutOff: before, ...space } = retrieval;
  return sealPackage(dir, {
    ...rest,
    language,
    retrieval: { ...space, ...(cutOff !== undefined && { cutOff }) },
  });
}
