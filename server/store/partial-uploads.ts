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
import { errorCode, onDisk, requireRoom } from '#core/disk.ts';

/** What is left of an upload that has become a video. */
const finishedUpload = z.object({ videoId });

const endings = ['', '.json', '.done', '.done.part'];
const uploadFile = /^([0-9a-f]{32})(\.json|\.done|\.done\.part)?$/;
const keptMs = 24 * 3_600_000;
const sweepMs = 3_600_000;
const sweepFailed = 'uploads that were given up could not be removed';

/**
 * Uploads that come piece by piece, in one folder: `<id>` holds the bytes so far, `<id>.json` what was announced, and
 * `<id>.done` replaces the bytes once they are a video. All outlive the process, and are removed after a day without a change.
 */
export class PartialUploads extends FileStore {
  override extensions = ['creation', 'termination'];

  /** `background` owns the removal of uploads that were given up. */
  constructor(folder: string, background: Background) {
    const directory = resolve(folder);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    super({ directory });
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

  override async create(upload: Upload): Promise<Upload> {
    const created = await super.create(upload);
    await chmod(this.path(upload.id), 0o600);
    return created;
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
    for (const [id, changedAt] of touched) {
      if (changedAt < Date.now() - keptMs) await this.#removeFiles(id);
    }
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

  async #removeFiles(id: string): Promise<void> {
    await Promise.all(endings.map((ending) => rm(this.path(id + ending), { force: true })));
  }
}

export function noSuchUpload(): AppError {
  return new AppError('not_found', 'There is no upload with this id.');
}
