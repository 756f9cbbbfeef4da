import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { newCommand, parsedBy } from '#core/command-line.ts';
import { startServer } from '#cli/spawn-server.ts';
import { tempClips, uploadClip, visitAlongside } from './visits.ts';
import { Chatter, Tally } from './chatter.ts';
import { percentiles, rounded } from './percentiles.ts';
import { randomOf } from './random.ts';
import { ServerWatch, slope } from './server-watch.ts';
import { whatThereIs } from './what-there-is.ts';

/** What counts as flat, in MiB for each hundred turns. */
const flat = 1;

const wholeNumber = (min: number) => parsedBy(z.coerce.number().int().min(min));

/**
 * `bench load`: many people at once on one server. Conversations over sockets, some stopped, some with lost connections,
 * and beside them uploads, captions, and visitors that leave in the middle. Exit code 1 if an answer is not whole and in
 * order, a request fails in any way but "full", or the server keeps memory, slots, files or processes.
 */
export function loadCommand() {
  return newCommand(
    'load',
    'Many people at once on one server; fails if it loses an answer or keeps anything.',
  )
    .option('--clients <n>', 'people', wholeNumber(1), 50)
    .option('--turns <n>', 'questions in all', wholeNumber(100), 2000)
    .option('--package <dir>', 'model package', 'models/demo')
    .action(measureLoad);
}

async function measureLoad({
  clients,
  turns,
  package: folder,
}: {
  readonly clients: number;
  readonly turns: number;
  readonly package: string;
}): Promise<void> {
  const server = await startServer(folder, { REQUESTS_PER_MINUTE: '0', LOG_LEVEL: 'warn' });
  const clips = await tempClips(8);
  try {
    const { url } = server;
    const watch = new ServerWatch(server);
    const videoIds = await Promise.all(clips.paths.map((path) => uploadClip(url, path)));
    const before = await whatThereIs(watch, server);
    const tally = new Tally();
    const memory: { x: number; y: number }[] = [];
    const wanted = (): boolean => tally.turns < turns;
    const start = performance.now();

    const people = Array.from({ length: clients }, (_, seed) =>
      new Chatter({ url, videoIds, random: randomOf(seed), tally, wanted }).run(),
    );
    const visitors = visitAlongside({ url, clips: clips.paths, videoIds, tally, wanted });
    const watching = (async () => {
      for (let seen = 0; wanted(); ) {
        await pause(200);
        if (tally.turns - seen < 50) continue;
        seen = tally.turns;
        memory.push({ x: seen, y: await watch.resident() });
        process.stderr.write(`\r${seen}/${turns} turns, ${memory.at(-1)?.y.toFixed(0)} MiB   `);
      }
    })();
    await Promise.all([...people, visitors, watching]);
    const seconds = (performance.now() - start) / 1000;
    process.stderr.write('\n');

    // what was told to stop has stopped by then
    await pause(2000);
    const settled = memory.filter(({ x }) => x > turns / 3);
    const growth = 100 * slope(settled);
    const after = await whatThereIs(watch, server);
    const left = Object.fromEntries(
      after.map(([what, count], index) => [what, count - (before[index]?.[1] ?? 0)]),
    );
    const report = {
      clients,
      turns: tally.turns,
      seconds: rounded(seconds),
      perSecond: rounded(tally.turns / seconds),
      stopped: tally.stopped,
      reconnected: tally.reconnected,
      uploaded: tally.uploaded,
      captioned: tally.captioned,
      refused: Object.fromEntries(tally.refused),
      firstEventMs: percentiles(tally.firstEvents),
      answerMs: percentiles(tally.ends),
      memory: {
        firstMiB: rounded(memory[0]?.y ?? 0),
        lastMiB: rounded(memory.at(-1)?.y ?? 0),
        growthPer100Turns: rounded(growth),
      },
      left,
      exitCode: await server.end(),
    };
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    const clean = Object.values(left).every((count) => count === 0) && report.exitCode === 0;
    process.exitCode = clean && growth < flat ? 0 : 1;
  } finally {
    await server.stop();
    await clips.remove();
  }
}
