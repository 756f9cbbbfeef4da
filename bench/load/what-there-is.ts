import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerProcess } from '#cli/spawn-server.ts';
import type { ServerWatch } from './server-watch.ts';

/** Everything that has to be there no more often after the run than before it. */
export async function whatThereIs(watch: ServerWatch, server: ServerProcess): Promise<[string, number][]> {
  const queues = ['decode', 'encode', 'generate'];
  const samples = queues.flatMap((queue) =>
    ['running', 'waiting'].map((state) => `stan_llava_queue{queue="${queue}",state="${state}"}`),
  );
  const counts = await Promise.all(samples.map((sample) => watch.metric(sample)));
  return [
    ['embedding rows in use', await watch.metric('stan_llava_embedding_rows{state="inUse"}')],
    ['work in queues', counts.reduce((sum, count) => sum + count, 0)],
    ['processes', (await watch.children()).length],
    ['files', await countFiles(server.dataDir)],
    ['temporary files', (await readdir(server.tempDir)).length],
  ];
}

/** Clips, unfinished uploads and the model's working copies; encoded clips may stay. */
async function countFiles(dataDir: string): Promise<number> {
  const folders = ['clips', 'uploads', 'run'].map((name) => readdir(join(dataDir, name)).catch(() => []));
  return (await Promise.all(folders)).flat().length;
}
