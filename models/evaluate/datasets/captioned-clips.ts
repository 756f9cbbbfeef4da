import type { Matches } from '../retrieval-metrics.ts';
import { type AnnotationFile, findAnnotations } from './annotation-file.ts';
import { type ClipFile, ClipFiles } from './clip-files.ts';
import { DatasetError } from './dataset-error.ts';
import { type Caption, captionFiles, readCaptions } from './read-captions.ts';

export interface CaptionedClips {
  readonly clips: readonly ClipFile[];
  readonly texts: readonly string[];
  /** For each text the clips it is true of. */
  readonly matches: Matches;
}

export interface CaptionedDataset extends CaptionedClips {
  /** The file of captions. */
  readonly source: string;
  /** Names of clips that have captions and are not there. */
  readonly missing: readonly string[];
}

export interface CaptionOptions {
  /** Folder of the clips; that of the captions unless told. */
  readonly videos?: string | undefined;
  /** Captions in the same words are one text, true of all their clips. Else each is a query with one right answer. */
  readonly mergeSame?: boolean;
}

/** Reads a folder or file of captions (`readCaptions` knows the layouts) and finds their clips. Throws `DatasetError`. */
export async function captionedClips(path: string, options: CaptionOptions = {}): Promise<CaptionedDataset> {
  const annotations = await captionsAt(path);
  const captions = captionsIn(annotations);
  const files = await ClipFiles.in(options.videos ?? annotations.folder);
  const named = new Set(captions.map(({ clip }) => clip));
  const missing = [...named].filter((name) => files.find(name) === undefined);
  if (missing.length === named.size) {
    const where = options.videos ?? annotations.folder;
    throw new DatasetError(
      `none of the ${named.size} clips is in ${where}, such as ${missing[0]}; say --videos DIR`,
    );
  }
  return { source: annotations.path, missing, ...pairUp(captions, files, options.mergeSame ?? false) };
}

/** The distinct captions of a folder or file, whatever clips they are of. Throws `DatasetError`. */
export async function readCaptionTexts(path: string): Promise<string[]> {
  const captions = captionsIn(await captionsAt(path));
  return [...new Set(captions.map(({ text }) => text))];
}

async function captionsAt(path: string): Promise<AnnotationFile> {
  const annotations = await findAnnotations(path, captionFiles);
  if (annotations !== undefined) return annotations;
  throw new DatasetError(`${path} holds none of ${captionFiles.join(', ')}; name the file of captions`);
}

function captionsIn({ path, text }: AnnotationFile): Caption[] {
  try {
    return readCaptions(text);
  } catch (cause) {
    if (!(cause instanceof DatasetError)) throw cause;
    throw new DatasetError(`${path}: ${cause.message}`, { cause });
  }
}

function pairUp(captions: readonly Caption[], files: ClipFiles, mergeSame: boolean): CaptionedClips {
  const clips = new Map<ClipFile, number>();
  const matches = new Map<string, { text: string; right: Set<number> }>();
  captions.forEach(({ clip, text }, i) => {
    const file = files.find(clip);
    if (file === undefined) return;
    if (!clips.has(file)) clips.set(file, clips.size);
    const key = mergeSame ? text : `${i}`;
    const match = matches.get(key) ?? { text, right: new Set<number>() };
    match.right.add(clips.get(file) ?? 0);
    matches.set(key, match);
  });
  return {
    clips: [...clips.keys()],
    texts: [...matches.values()].map(({ text }) => text),
    matches: [...matches.values()].map(({ right }) => [...right]),
  };
}

/** Without the clips that turned out unusable, by their places, and without texts that are true of no other. */
export function leaveOut(
  { clips, texts, matches }: CaptionedClips,
  unusable: ReadonlySet<number>,
): CaptionedClips {
  const indices = new Map(
    clips.flatMap((_, i) => (unusable.has(i) ? [] : [i])).map((old, index) => [old, index]),
  );
  const kept = matches.map((right) => right.flatMap((clip) => indices.get(clip) ?? []));
  return {
    clips: clips.filter((_, i) => indices.has(i)),
    texts: texts.filter((_, i) => (kept[i]?.length ?? 0) > 0),
    matches: kept.filter((right) => right.length > 0),
  };
}
