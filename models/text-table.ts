/** Rows of cells as lines for people: columns as wide as their widest cell, all but the first to the right. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(width(0)) : cell.padStart(width(column))))
      .join('  ');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}
