import { readdir, readFile } from 'node:fs/promises';

/** A server process as its machine sees it (Linux). */
export class ServerWatch {
  readonly #url: string;
  readonly #pid: number;

  constructor({ url, pid }: { readonly url: string; readonly pid: number }) {
    this.#url = url;
    this.#pid = pid;
  }

  /** Resident memory in MiB, without pages of mapped files, which belong to the disk cache. */
  async resident(): Promise<number> {
    const status = await readFile(`/proc/${this.#pid}/status`, 'utf8');
    const kilobytes = Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]);
    return kilobytes / 1024;
  }

  /** Processes it started that still run. */
  async children(): Promise<string[]> {
    const threads = await readdir(`/proc/${this.#pid}/task`);
    const lists = await Promise.all(
      threads.map((thread) => readFile(`/proc/${this.#pid}/task/${thread}/children`, 'utf8')),
    );
    return lists
      .join(' ')
      .split(' ')
      .filter((pid) => pid !== '');
  }

  /** The value of one sample of `/metrics`, such as `stan_llava_embedding_rows{state="inUse"}`. */
  async metric(sample: string): Promise<number> {
    const text = await (await fetch(`${this.#url}/metrics`)).text();
    const line = text.split('\n').find((one) => one.startsWith(`${sample} `));
    return Number(line?.split(' ').at(-1));
  }
}

/** Slope of the least squares line through points. */
export function slope(points: readonly { readonly x: number; readonly y: number }[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map((point) => point.x)), mean(points.map((point) => point.y))];
  const products = points.map((point) => (point.x - x) * (point.y - y));
  const squares = points.map((point) => (point.x - x) ** 2);
  return mean(products) / mean(squares);
}
