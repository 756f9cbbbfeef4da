import { basename, dirname, extname, resolve } from 'node:path';
import { findStats } from '#core/find-stats.ts';
import { findAnnotations } from './annotation-file.ts';
import { type ClipFile, ClipFiles } from './clip-files.ts';
import { DatasetError } from './dataset-error.ts';
import { type OrderTruths, orderTruths } from '../temporal-labels.ts';

export interface OrderQuestion extends ClipFile {
  /** What is right to say of it in both directions, where that is known. */
  readonly truth?: OrderTruths['clips'][number];
}

export interface OrderQuestions {
  readonly clips: readonly OrderQuestion[];
  /** The data set's own question. */
  readonly question?: string | undefined;
  /** Names of clips that have a truth and are not there. */
  readonly missing: readonly string[];
}

const truthFiles = ['order.json'] as const;

/** A clip, the clips of a folder, or those of a file of truths (`order.json` in a folder). Throws `DatasetError`. */
export async function orderQuestions(target: string): Promise<OrderQuestions> {
  const found = await findStats(target);
  if (found?.isFile() === true && extname(target).toLowerCase() !== '.json') {
    return { clips: [{ name: basename(target), path: resolve(target) }], missing: [] };
  }
  const annotations = await findAnnotations(target, truthFiles);
  const files = await ClipFiles.in(annotations === undefined ? target : dirname(annotations.path));
  if (annotations === undefined) {
    if (files.all.length === 0) throw new DatasetError(`${target} holds no clip`);
    return { clips: files.all, missing: [] };
  }
  const { question, clips } = readTruths(annotations);
  const missing = clips.flatMap(({ file }) => (files.find(file) === undefined ? [file] : []));
  const asked = clips.flatMap((truth): OrderQuestion[] => {
    const file = files.find(truth.file);
    return file === undefined ? [] : [{ ...file, truth }];
  });
  if (asked.length === 0) throw new DatasetError(`none of the clips of ${annotations.path} is beside it`);
  return { clips: asked, question, missing };
}

function readTruths({ path, text }: { path: string; text: string }): OrderTruths {
  try {
    return orderTruths.parse(JSON.parse(text));
  } catch (cause) {
    const form = '{"question": "..", "clips": [{"file": "..", "forward": [".."], "reverse": [".."]}]}';
    throw new DatasetError(`${path} is not of the form ${form}`, { cause });
  }
}
