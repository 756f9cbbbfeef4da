import { createWriteStream, mkdirSync } from 'node:fs';
import { chmod, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FileStore } from '@tus/file-store';
import { Upload } from '@tus/server';
import { z } from 'zod';
import { videoId } from '#contract/rest.ts';
import { AppError } from '#errors';
import type { Background } from '#core/background.ts';
import { currentClient } from '#core/client-context.ts';
import { errorCode, onDisk, requireRoom } from '#core/disk.ts';
import { UploadLedger, type UploadLimits } from './upload-ledger.ts';

const noLimits: UploadLimits = { maxCount: 0, maxBytes: 0 };

/** What is left of an upload that has become a video. */
const finishedUpload = z.object({ videoId });

/** Who announced an upload. */
const owner = z.object({ client: z.string(), bytes: z.number() });

const endings = ['', '.json', '.owner', '.done', '.done.part'];
const uploadFile = /^([0-9a-f]{32})(\.json|\.owner|\.done|\.done\.part)?$/;
const keptMs = 24 * 3_600_000;
const sweepMs = 3_600_000;
const sweepFailed = 'uploads that were given up could not be removed';

/**
 * Uploads that come piece by piece, in one folder: `<id>` holds the bytes so far, `<id>.json` what was announced, and
 * `<id>.done` replaces the bytes once they are a video; `<id>.owner` says whose it is. All outlive the process, and are removed after a day without a change.
 */
export class PartialUploads extends FileStore {
  override extensions = ['creation', 'termination'];
  readonly #ledger: UploadLedger;
  /** Resolves when the uploads of earlier runs are known. */
  readonly #known: Promise<void>;

  /** `background` owns the removal of uploads that were given up. */
  constructor(folder: string, background: Background, limits: UploadLimits = noLimits) {
    const directory = resolve(folder);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    super({ directory });
    this.#ledger = new UploadLedger(limits);
    this.#known = this.#readOwners();
    background.run('unfinished uploads could not be counted', () => this.#known);
    // what one sweep fails to remove, the next finds again
    background.run(sweepFailed, () => this.#sweep());
    background.every(sweepMs, sweepFailed, () => this.#sweep());
  }

  path(id: string): string {
    return join(this.directory, id);
  }

  /** Throws `storage_full` where that many bytes do not fit now. */
  async requireRoom(bytes: number): Promise<void> {
    await requireRoom(this.directory, bytes);
  }

  /** Throws `quota_exceeded` where the client of the request has too many unfinished ones. */
  override async create(upload: Upload): Promise<Upload> {
    await this.#known;
    const { id, size: bytes = 0 } = upload;
    const entry = { client: currentClient() ?? 'local', bytes };
    this.#ledger.require(entry.client, bytes);
    this.#ledger.add(id, entry);
    try {
      await onDisk(writeFile(this.path(`${id}.owner`), JSON.stringify(entry), { mode: 0o600 }));
      const created = await super.create(upload);
      await chmod(this.path(id), 0o600);
      return created;
    } catch (error) {
      await this.#removeFiles(id);
      throw error;
    }
  }

  /** Appends and returns the new length. Throws `storage_full`, and keeps what found room. */
  override async write(source: Readable, id: string, offset: number): Promise<number> {
    const target = createWriteStream(this.path(id), { flags: 'r+', start: offset, flush: true });
    await onDisk(pipeline(source, target));
    return offset + target.bytesWritten;
  }

  /** How far an upload is; one that has become a video is whole. Throws `not_found`. */
  override async getUpload(id: string): Promise<Upload> {
    const [announced, videoId] = await Promise.all([this.configstore.get(id), this.videoOf(id)]);
    if (announced === undefined) throw noSuchUpload();
    const offset = videoId === undefined ? await this.#received(id) : (announced.size ?? 0);
    return Object.assign(new Upload({ id, offset }), announced, { offset });
  }

  override async remove(id: string): Promise<void> {
    await this.getUpload(id);
    await this.#removeFiles(id);
  }

  /** The video an upload has become, if it has. */
  async videoOf(id: string): Promise<string | undefined> {
    try {
      return finishedUpload.parse(JSON.parse(await readFile(this.path(`${id}.done`), 'utf8'))).videoId;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Writes down what an upload has become, for a sender that loses the answer. */
  async finish(id: string, videoId: string): Promise<void> {
    const part = this.path(`${id}.done.part`);
    await onDisk(writeFile(part, JSON.stringify({ videoId } satisfies z.infer<typeof finishedUpload>)));
    await rename(part, this.path(`${id}.done`));
    this.#ledger.delete(id);
    await rm(this.path(`${id}.owner`), { force: true });
  }

  async #received(id: string): Promise<number> {
    try {
      return (await stat(this.path(id))).size;
    } catch (error) {
      throw errorCode(error) === 'ENOENT' ? noSuchUpload() : error;
    }
  }

  async #sweep(): Promise<void> {
    const touched = new Map<string, number>();
    for (const name of await readdir(this.directory)) {
      const id = uploadFile.exec(name)?.[1];
      if (id === undefined) continue;
      const mtimeMs = await this.#changedAt(name);
      touched.set(id, Math.max(mtimeMs, touched.get(id) ?? 0));
    }
    const givenUp = [...touched].filter(([, changedAt]) => changedAt < Date.now() - keptMs);
    const removed = await Promise.allSettled(givenUp.map(([id]) => this.#removeFiles(id)));
    // one that cannot be removed keeps none of the others
    for (const result of removed) if (result.status === 'rejected') throw result.reason;
  }

  /** 0 for a file that went away meanwhile: no reason to keep its companions. */
  async #changedAt(name: string): Promise<number> {
    try {
      return (await stat(this.path(name))).mtimeMs;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return 0;
      throw error;
    }
  }

  async #readOwners(): Promise<void> {
    const names = await readdir(this.directory);
    for (const name of names.filter((one) => one.endsWith('.owner'))) {
      const id = name.slice(0, -'.owner'.length);
      if (names.includes(`${id}.done`)) continue;
      const known = parsedJson(owner, await readFile(this.path(name), 'utf8').catch(() => ''));
      if (known !== undefined) this.#ledger.add(id, known);
    }
  }

  async #removeFiles(id: string): Promise<void> {
    this.#ledger.delete(id);
    await Promise.all(endings.map((ending) => rm(this.path(id + ending), { force: true })));
  }
}

/** Undefined for what is no such JSON: a file that was cut off counts for nobody. */
function parsedJson<S extends z.ZodType>(schema: S, text: string): z.output<S> | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export function noSuchUpload(): AppError {
  return new AppError('not_found', 'There is no upload with this id.');
}
