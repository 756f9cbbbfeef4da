import { readdir } from 'node:fs/promises';
import { basename, extname, join, relative, resolve, sep } from 'node:path';
import { clipExtensions } from '#core/media-formats.ts';
import { DatasetError } from './dataset-error.ts';

const videoExtensions = new Set(clipExtensions.map((extension) => `.${extension}`));

/** A clip that is there. */
export interface ClipFile {
  /** By which reports name it: its path in the data set's folder. */
  readonly name: string;
  readonly path: string;
}

/** The clips of a folder and all folders in it, found by path, by file name, or by file name without its end. */
export class ClipFiles {
  readonly all: readonly ClipFile[];
  readonly #byName = new Map<string, ClipFile>();

  private constructor(all: readonly ClipFile[]) {
    this.all = all;
    const keys = [
      ({ name }: ClipFile) => name,
      ({ name }: ClipFile) => basename(name),
      ({ name }: ClipFile) => basename(name, extname(name)),
    ];
    for (const keyOf of keys) {
      for (const file of all) if (!this.#byName.has(keyOf(file))) this.#byName.set(keyOf(file), file);
    }
  }

  /** Links to files are followed, those to folders are not. Throws `DatasetError`. */
  static async in(folder: string): Promise<ClipFiles> {
    const root = resolve(folder);
    const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
      throw new DatasetError(`${folder} cannot be read as a folder of clips`, { cause });
    });
    const files = entries
      .filter((entry) => !entry.isDirectory() && videoExtensions.has(extname(entry.name).toLowerCase()))
      .map(({ parentPath, name }): ClipFile => {
        const path = join(parentPath, name);
        return { name: relative(root, path).split(sep).join('/'), path };
      });
    return new ClipFiles(files.sort((a, b) => (a.name < b.name ? -1 : 1)));
  }

  /** The first, in order of paths, that is called so. */
  find(name: string): ClipFile | undefined {
    return this.#byName.get(name.replace(/^\.\//, ''));
  }
}
