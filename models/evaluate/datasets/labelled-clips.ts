import { findAnnotations } from './annotation-file.ts';
import { type ClipFile, ClipFiles } from './clip-files.ts';
import { DatasetError } from './dataset-error.ts';
import { parseCsv, parseTabs } from './delimited.ts';

export interface LabelledClips {
  /** Distinct, sorted. */
  readonly labels: readonly string[];
  /** `label` is a place in `labels`. */
  readonly clips: readonly (ClipFile & { readonly label: number })[];
  /** The file of labels, or the folder of folders. */
  readonly source: string;
  /** Names of clips that have a label and are not there. */
  readonly missing: readonly string[];
}

const labelFiles = ['labels.csv', 'labels.tsv'] as const;

/**
 * Clips with one label each: rows of `file,label` under that header, or a folder with a folder of clips for each label
 * (`brush_hair` and `BrushHair` are read as "brush hair" and "Brush Hair"). Throws `DatasetError`.
 */
export async function labelledClips(
  path: string,
  { videos }: { readonly videos?: string | undefined } = {},
): Promise<LabelledClips> {
  const annotations = await findAnnotations(path, labelFiles);
  const files = await ClipFiles.in(videos ?? annotations?.folder ?? path);
  const rows = annotations === undefined ? byFolder(files) : labelRows(annotations);
  const missing = rows.flatMap(({ file }) => (files.find(file) === undefined ? [file] : []));
  const labels = [...new Set(rows.map(({ label }) => label))].sort();
  const clips = rows.flatMap(({ file, label }) => {
    const found = files.find(file);
    return found === undefined ? [] : [{ ...found, label: labels.indexOf(label) }];
  });
  if (clips.length === 0 || labels.length < 2) {
    const found = `${clips.length} clips that are there and ${labels.length} labels`;
    throw new DatasetError(`${path} has ${found}; at least one clip and two labels are needed`);
  }
  return { labels, clips, source: annotations?.path ?? path, missing };
}

interface Row {
  readonly file: string;
  readonly label: string;
}

function byFolder(files: ClipFiles): Row[] {
  return files.all.flatMap(({ name }) => {
    const folder = name.split('/').at(-2);
    return folder === undefined ? [] : [{ file: name, label: labelOf(folder) }];
  });
}

function labelOf(name: string): string {
  return name
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll(/[_\s]+/g, ' ')
    .trim();
}

function labelRows({ path, text }: { path: string; text: string }): Row[] {
  const [first = ''] = text.split('\n', 1);
  const [header = [], ...rows] = first.includes('\t') ? parseTabs(text) : parseCsv(text);
  const names = header.map((name) => name.trim().toLowerCase());
  const [file, label] = [names.indexOf('file'), names.indexOf('label')];
  if (file === -1 || label === -1) throw new DatasetError(`${path}: the first line must be file,label`);
  return rows.map((row, index) => {
    const read = { file: row[file]?.trim() ?? '', label: row[label]?.trim() ?? '' };
    if (read.file !== '' && read.label !== '') return read;
    throw new DatasetError(`${path}: row ${index + 1} has an empty name or label`);
  });
}
