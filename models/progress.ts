import cliProgress from 'cli-progress';

export type ProgressReport = (done: number, total: number, note?: string) => void;

/** Where bytes are counted and people read MiB; what changes no number is not reported. */
export function inMebibytes(report: ProgressReport): ProgressReport {
  const mebibytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20);
  let last: number | undefined;
  return (done, total, note = 'MiB') => {
    if (mebibytes(done) === last) return;
    last = mebibytes(done);
    report(last, mebibytes(total), note);
  };
}

/** A progress bar where people watch, a line now and then where a log is written. */
export function progressBar(label: string): ProgressReport {
  if (!process.stderr.isTTY) return sparseLines(label);
  const format = `${label} [{bar}] {value}/{total} {eta_formatted} {note}`;
  const bar = new cliProgress.SingleBar({ format, hideCursor: true }, cliProgress.Presets.shades_classic);
  let started = false;
  return (done, total, note = '') => {
    if (!started) bar.start(total, done, { note });
    started = true;
    bar.update(done, { note });
    if (done === total) bar.stop();
  };
}

const secondsBetweenLines = 15;

function sparseLines(label: string): ProgressReport {
  let last = 0;
  return (done, total, note = '') => {
    if (done !== total && Date.now() - last < secondsBetweenLines * 1000) return;
    last = Date.now();
    process.stderr.write(`${label} ${done}/${total} ${note}\n`);
  };
}
