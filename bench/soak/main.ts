import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { startServer } from '#cli/spawn-server.ts';
import { newCommand, parsedBy } from '#core/command-line.ts';
import { Chatter, Tally } from '../load/chatter.ts';
import { percentiles, rounded } from '../load/percentiles.ts';
import { randomOf } from '../load/random.ts';
import { ServerWatch, slope } from '../load/server-watch.ts';
import { tempClips, uploadClip } from '../load/visits.ts';
import { whatThereIs } from '../load/what-there-is.ts';
import { injectFaults } from './faults.ts';

/** What counts as flat, in MiB a minute. */
const flat = 1;
/** Longest time that the event loop may stand still, in milliseconds, with that of a request itself. */
const maxStallMs = 250;

const atLeast = (min: number) => parsedBy(z.coerce.number().min(min));

/**
 * `bench soak`: people talk while faults are injected and bombs are sent. Exit code 1 if an answer is not whole, the
 * server stands still, its memory grows, it answers with an unforeseen status, or it keeps anything in the end.
 */
export function soakCommand() {
  return newCommand('soak', 'Load, injected faults and hostile requests; fails if the server suffers.')
    .option('--minutes <n>', 'how long', atLeast(0.1), 30)
    .option('--clients <n>', 'people', atLeast(1), 8)
    .option('--package <dir>', 'model package', 'models/demo')
    .action(soak);
}

async function soak({
  minutes,
  clients,
  package: folder,
}: {
  readonly minutes: number;
  readonly clients: number;
  readonly package: string;
}): Promise<void> {
  const server = await startServer(folder, {
    REQUESTS_PER_MINUTE: '0',
    DECODE_SECONDS_PER_MINUTE: '0',
    LOG_LEVEL: 'warn',
  });
  const clips = await tempClips(4);
  let isOver = false;
  try {
    const { url } = server;
    const watch = new ServerWatch(server);
    const videoIds = await Promise.all(clips.paths.map((path) => uploadClip(url, path)));
    const tally = new Tally();
    const wanted = (): boolean => !isOver;
    // every clip is known before the faults begin: none of them is to harm the people
    const [warm, isWarm] = [new Tally(), () => wanted() && warm.turns < 2 * clients];
    await talk(clients, { url, videoIds, tally: warm, wanted: isWarm });
    const before = await whatThereIs(watch, server);

    const start = performance.now();
    const minutesNow = (): number => (performance.now() - start) / 60_000;
    const [memory, stalls]: [{ x: number; y: number }[], number[]] = [[], []];
    const watching = (async () => {
      for (let beat = 0; wanted(); beat++) {
        const asked = performance.now();
        await (await fetch(`${url}/healthz`)).text();
        stalls.push(performance.now() - asked);
        if (beat % 20 === 0) memory.push({ x: minutesNow(), y: await watch.resident() });
        await pause(50);
        isOver = minutesNow() >= minutes;
      }
    })();
    const faults = injectFaults({ url, watch, clips: clips.paths, videoIds, wanted });
    const work = [talk(clients, { url, videoIds, tally, wanted }), faults, watching];
    await Promise.all(work);
    const outcomes = Object.fromEntries(await faults);

    // what was told to stop has stopped by then
    await pause(2000);
    const growth = slope(memory.filter(({ x }) => x > minutes / 3));
    const after = await whatThereIs(watch, server);
    const left = Object.fromEntries(
      after.map(([what, count], index) => [what, count - (before[index]?.[1] ?? 0)]),
    );
    const stall = percentiles(stalls);
    const unforeseen = Object.keys(outcomes).filter((outcome) => / 5(?!03)\d\d$/.test(outcome));
    const report = {
      minutes,
      clients,
      turns: tally.turns,
      refused: Object.fromEntries(tally.refused),
      outcomes,
      unforeseen,
      healthzMs: stall,
      memory: {
        lastMiB: rounded(memory.at(-1)?.y ?? 0),
        growthPerMinute: rounded(growth),
        flat: growth < flat,
      },
      left,
      exitCode: await server.end(),
    };
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
    const clean = Object.values(left).every((count) => count <= 0) && unforeseen.length === 0;
    const calm = stalls.every((ms) => ms <= maxStallMs) && growth < flat;
    process.exitCode = clean && calm && report.exitCode === 0 ? 0 : 1;
  } finally {
    isOver = true;
    await server.stop();
    await clips.remove();
  }
}

type Talking = Omit<ConstructorParameters<typeof Chatter>[0], 'random'>;

async function talk(people: number, options: Talking): Promise<void> {
  const runs = Array.from({ length: people }, (_, seed) =>
    new Chatter({ ...options, random: randomOf(seed) }).run(),
  );
  await Promise.all(runs);
}
