import { resolve } from 'node:path';
import { z } from 'zod';
import { readConfig } from '#config';
import { newCommand, parsedBy } from '#core/command-line.ts';
import { loadEngine } from '#engine/load-engine.ts';
import { writeParts } from '#engine/media/write-parts.ts';
import { findMoments } from '#engine/segments/moments.ts';
import { clock } from '#engine/segments/time-mark.ts';
import { AppError } from '#errors';
import { hashFile } from '#models/package/file-hash.ts';

const count = parsedBy(z.coerce.number().int().min(1).max(50));

/** `cut CLIP QUERY`: an mp4 of the moments that a text is about, in the order of the clip, without sound. */
export function cutCommand(signal: AbortSignal) {
  return newCommand('cut', 'Writes the moments of a clip that a text is about as an mp4, without sound.')
    .argument('<clip>', 'a video file')
    .argument('<query>', 'in quotes', parsedBy(z.string().trim().min(1, 'The query is empty.')))
    .option('--out <file>', 'the mp4 to write (moments.mp4)', 'moments.mp4')
    .option('--k <n>', 'moments at most (3)', count)
    .option('--package <dir>', 'model package (MODEL_PACKAGE)')
    .action(async (clip, query, { out, k = 3, package: folder }) => {
      const config = readConfig({}, process.env);
      const loading = { ...config, signal, parallelConversations: 1 };
      const engine = await loadEngine(folder ?? config.modelPackage, loading);
      try {
        const path = resolve(clip);
        const sha256 = await hashFile(path, signal);
        const source = { path, sha256, facts: await engine.probe({ path, sha256 }, { signal }) };
        await engine.index(source, { signal });
        const scored = await engine.longClips.score(source, query, { ahead: 1, signal });
        const scenes = scored.flatMap(({ scene: { start, end }, score }) =>
          score === undefined ? [] : [{ start, end, score }],
        );
        if (scenes.length === 0) throw new AppError('unsupported', 'This model cannot find clips by words.');
        const moments = findMoments(scenes, k).sort((a, b) => a.start - b.start);
        await writeParts(path, moments, { out, signal });
        for (const { start, end, score } of moments) {
          process.stdout.write(`${clock(start)}-${clock(end)}  ${score.toFixed(3)}\n`);
        }
      } finally {
        await engine.dispose();
      }
    });
}
