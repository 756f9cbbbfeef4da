import { DatasetError } from './dataset-error.ts';

/**
 * Rows of comma-separated values as RFC 4180 has them: a field in quotes may hold commas, line ends and doubled quotes.
 * Line ends are LF or CRLF, a byte order mark and empty lines are passed over. Throws `DatasetError`, naming the line.
 */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let line = 1;
  let i = text.startsWith('\uFEFF') ? 1 : 0;
  while (i < text.length) {
    const { value, end } = text[i] === '"' ? quotedField(text, i, line) : bareField(text, i);
    row.push(value);
    line += value.split('\n').length - 1;
    const separator = /^(?:,|\r?\n|$)/.exec(text.slice(end, end + 2))?.[0];
    if (separator === undefined) throw new DatasetError(`line ${line}: text after the closing quote`);
    i = end + separator.length;
    if (separator === ',') {
      if (i === text.length) row.push('');
      else continue;
    }
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
    line += 1;
  }
  return rows;
}

/** Rows of tab-separated values, in which quotes mean nothing. */
export function parseTabs(text: string): string[][] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  return lines.filter((line) => line.trim() !== '').map((line) => line.split('\t'));
}

function bareField(text: string, start: number): { value: string; end: number } {
  const ending = /[,\n]/g;
  ending.lastIndex = start;
  const found = ending.exec(text);
  let end = found?.index ?? text.length;
  if (found?.[0] !== ',' && text[end - 1] === '\r' && end > start) end -= 1;
  return { value: text.slice(start, end), end };
}

function quotedField(text: string, start: number, line: number): { value: string; end: number } {
  const closing = /"("?)/g;
  closing.lastIndex = start + 1;
  for (let found = closing.exec(text); found !== null; found = closing.exec(text)) {
    if (found[1] === '"') continue;
    return { value: text.slice(start + 1, found.index).replaceAll('""', '"'), end: found.index + 1 };
  }
  throw new DatasetError(`line ${line}: a quote is never closed`);
}
