import cliProgress from 'cli-progress';

export interface TransferState {
  /** Bytes that are here, of `total`. */
  readonly done: number;
  readonly total: number;
  /** Bytes that came over the network since the start: `done` also counts what was here before. */
  readonly received: number;
  /** The file on its way. */
  readonly file: string;
}

export interface TransferReport {
  update(state: TransferState): void;
  stop(): void;
}

/** A progress bar where people watch, a line now and then where a log is written. */
export function transferReport(): TransferReport {
  const speed = speedMeter();
  return process.stderr.isTTY ? movingBar(speed) : sparseLines(speed);
}

type Meter = (received: number, now: number) => number;

const windowMs = 10_000;
const spacingMs = 500;

/** Bytes a second over the last ten seconds, as of `now`: milliseconds on any clock. Cheap enough to ask at every chunk. */
export function speedMeter(): Meter {
  let samples: { received: number; now: number }[] = [];
  return (received, now) => {
    const latest = samples.at(-1)?.now ?? -Infinity;
    if (now - latest >= spacingMs)
      samples = [...samples.filter((sample) => now - sample.now <= windowMs), { received, now }];
    const [first = { received, now }] = samples;
    return now === first.now ? 0 : ((received - first.received) / (now - first.now)) * 1000;
  };
}

/** Amount, speed and time left as people read them. `speed` in bytes a second. */
export function describeTransfer({ done, total, file }: TransferState, speed: number): string {
  const amount = `${gigabytes(done)} of ${gigabytes(total)} GB`;
  if (done >= total) return amount;
  const left = speed > 0 ? `, ${duration((total - done) / speed)} left` : '';
  return `${amount}, ${(speed / 1e6).toFixed(1)} MB/s${left}, ${file}`;
}

const redrawsASecond = 5;

function movingBar(speed: Meter): TransferReport {
  const bar = new cliProgress.SingleBar(
    { format: '[{bar}] {percentage}% {text}', hideCursor: true, barsize: 20, stopOnComplete: false },
    cliProgress.Presets.shades_classic,
  );
  let drawn = -Infinity;
  return {
    update(state) {
      const now = Date.now();
      const text = describeTransfer(state, speed(state.received, now));
      if (now - drawn < 1000 / redrawsASecond && state.done < state.total) return;
      if (drawn === -Infinity) bar.start(state.total, state.done, { text });
      drawn = now;
      bar.update(state.done, { text });
    },
    stop: () => bar.stop(),
  };
}

const secondsBetweenLines = 15;

function sparseLines(speed: Meter): TransferReport {
  let last = -Infinity;
  let finished = false;
  return {
    update(state) {
      const now = Date.now();
      const text = describeTransfer(state, speed(state.received, now));
      const finishes = state.done >= state.total && !finished;
      if (!finishes && now - last < secondsBetweenLines * 1000) return;
      last = now;
      finished = state.done >= state.total;
      process.stderr.write(`${text}\n`);
    },
    stop() {},
  };
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(2);
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
