import { CsvError, type Options, parse } from 'csv-parse/sync';
import { DatasetError } from './dataset-error.ts';

const common = { bom: true, record_delimiter: ['\r\n', '\n'], relax_column_count: true } satisfies Options;

/**
 * Rows of comma-separated values as RFC 4180 has them: a field in quotes may hold commas, line ends and doubled quotes.
 * Line ends are LF or CRLF, a byte order mark and empty lines are passed over. Throws `DatasetError`, naming the place.
 */
export function parseCsv(text: string): string[][] {
  return parsed(text, { skip_empty_lines: true });
}

/** Rows of tab-separated values, in which quotes mean nothing. */
export function parseTabs(text: string): string[][] {
  return parsed(text, { delimiter: '\t', quote: false, skip_records_with_empty_values: true });
}

function parsed(text: string, options: Options): string[][] {
  try {
    return parse(text, { ...common, ...options });
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new DatasetError(problem(cause), { cause });
  }
}

function problem({ code, message, lines, records }: CsvError): string {
  if (code === 'CSV_INVALID_CLOSING_QUOTE') return `line ${lines}: text after the closing quote`;
  if (code === 'INVALID_OPENING_QUOTE')
    return `line ${lines}: a quote in a field without quotes; write the field in quotes, its own doubled`;
  // the parser's line is the file's last
  if (code === 'CSV_QUOTE_NOT_CLOSED') return `record ${Number(records) + 1}: a quote is never closed`;
  return message;
}
