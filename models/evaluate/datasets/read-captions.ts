import { z } from 'zod';
import { DatasetError } from './dataset-error.ts';
import { parseCsv, parseTabs } from './delimited.ts';

/** One caption of one clip, by the name its data set gives the clip. */
export interface Caption {
  readonly clip: string;
  readonly text: string;
}

/** Files with captions, as their data sets name them, in the order they are looked for. */
export const captionFiles = [
  'captions.csv',
  'captions.tsv',
  'captions.json',
  'MSRVTT_JSFUSION_test.csv',
  'test_videodatainfo.json',
  'test_data.json',
  'LSMDC16_challenge_1000_publictect.csv',
] as const;

const word = z.string().trim().min(1);

/** A layout of JSON: who uses it, what it must be, and how it is read. */
interface JsonLayout<S extends z.ZodType> {
  readonly name: string;
  readonly schema: S;
  readonly read: (value: z.output<S>) => Caption[];
}

function jsonLayout<S extends z.ZodType>({ name, schema, read }: JsonLayout<S>) {
  return {
    name,
    /** Undefined for JSON of another layout. */
    tryRead: (value: unknown): Caption[] | undefined => {
      const parsed = schema.safeParse(value);
      return parsed.success ? read(parsed.data) : undefined;
    },
  };
}

/** In the order in which they are tried. */
const jsonLayouts = [
  jsonLayout({
    name: '[{file, caption}]',
    schema: z.array(z.object({ file: word, caption: z.union([word, z.array(word).min(1)]) })).min(1),
    read: (rows) =>
      rows.flatMap(({ file, caption }) => [caption].flat().map((text) => ({ clip: file, text }))),
  }),
  jsonLayout({
    name: 'MSR-VTT',
    schema: z.object({
      sentences: z.array(z.object({ video_id: word, caption: word })).min(1),
      videos: z.array(z.object({ video_id: word, split: z.string().optional() })).default([]),
    }),
    // of a file with all splits, the clips of the test split
    read: ({ sentences, videos }) => {
      const test = new Set(videos.filter(({ split }) => split === 'test').map(({ video_id }) => video_id));
      return sentences
        .filter(({ video_id }) => test.size === 0 || test.has(video_id))
        .map(({ video_id, caption }) => ({ clip: video_id, text: caption }));
    },
  }),
  jsonLayout({
    name: 'DiDeMo',
    schema: z.array(z.object({ video: word, description: word })).min(1),
    // the moments of a clip are described one by one; retrieval asks with all of them, in the file's order
    read: (moments) => {
      const sentences = new Map<string, string[]>();
      for (const { video, description } of moments) {
        sentences.set(video, [...(sentences.get(video) ?? []), description]);
      }
      return [...sentences].map(([clip, texts]) => ({ clip, text: texts.join(' ') }));
    },
  }),
];

type RowLayoutName = 'file,caption' | 'MSR-VTT 1k-A' | 'LSMDC';

type Separator = 'comma' | 'tab';

/** A layout of rows: whether a first row is of it, and how all rows are read. */
interface RowLayout {
  readonly fits: (first: readonly string[], separator: Separator) => boolean;
  readonly read: (rows: readonly string[][]) => Caption[];
}

/** In the order in which they are tried. */
const rowLayouts: Readonly<Record<RowLayoutName, RowLayout>> = {
  'file,caption': underHeader({ clip: 'file', text: 'caption' }),
  'MSR-VTT 1k-A': underHeader({ clip: 'video_id', text: 'sentence' }),
  // no header: clip, four times, sentence; other files with tabs fail here, by their first line
  LSMDC: {
    fits: (_, separator) => separator === 'tab',
    read: (rows) =>
      rows.map((row, i) => {
        const [clip = '', text = ''] = [row[0], row[5]].map((field) => field?.trim());
        if (row.length === 6 && clip !== '' && text !== '') return { clip, text };
        throw unknownLayout(`line ${i + 1} has not the six columns of LSMDC`);
      }),
  },
};

/** Rows under a header that has these columns among others. */
function underHeader(columns: { readonly clip: string; readonly text: string }): RowLayout {
  const places = (header: readonly string[]) => {
    const names = header.map((name) => name.trim().toLowerCase());
    return { clip: names.indexOf(columns.clip), text: names.indexOf(columns.text) };
  };
  return {
    fits: (first) => Object.values(places(first)).every((place) => place !== -1),
    read: ([header = [], ...rows]) => {
      const { clip, text } = places(header);
      if (rows.length === 0) throw new DatasetError('there is a header, and no caption under it');
      return rows.map((row, i) => {
        const caption = { clip: row[clip]?.trim() ?? '', text: row[text]?.trim() ?? '' };
        if (row.length === header.length && caption.clip !== '' && caption.text !== '') return caption;
        throw new DatasetError(`row ${i + 1} has no ${header.length} fields, or an empty name or caption`);
      });
    },
  };
}

/**
 * The captions of a file, whose layout is told by what it holds: `file,caption` with a header (comma or tab) or as JSON;
 * MSR-VTT's JSON or its 1k-A test split; DiDeMo's JSON, where all that is said of a clip is one paragraph; LSMDC's six
 * columns. docs/evaluation.md shows each. Throws `DatasetError`.
 */
export function readCaptions(text: string): Caption[] {
  const start = text.trimStart();
  if (/^[[{]/.test(start)) return fromJson(start);
  const [header = ''] = start.split(/\r?\n/, 1);
  return header.includes('\t') ? fromRows(parseTabs(text), 'tab') : fromRows(parseCsv(text), 'comma');
}

function fromJson(text: string): Caption[] {
  const value = parsedJson(text);
  for (const { tryRead } of jsonLayouts) {
    const captions = tryRead(value);
    if (captions !== undefined) return captions;
  }
  throw unknownLayout(`the JSON has none of the layouts ${jsonLayouts.map(({ name }) => name).join(', ')}`);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DatasetError(`no JSON: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

function fromRows(rows: readonly string[][], separator: Separator): Caption[] {
  const [first = []] = rows;
  const layout = Object.values(rowLayouts).find(({ fits }) => fits(first, separator));
  if (layout !== undefined) return layout.read(rows);
  throw unknownLayout(`the first line is "${first.join(',').slice(0, 80)}"`);
}

function unknownLayout(problem: string): DatasetError {
  return new DatasetError(
    `${problem}; captions are CSV with the columns file,caption, or as MSR-VTT, DiDeMo or LSMDC have them`,
  );
}
