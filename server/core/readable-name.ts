/** The last path segment of a sender's file name, without control characters; a name to show where nothing is left. */
export function readableName(filename: string | null | undefined): string {
  const [last = ''] = (filename ?? '').split(/[\\/]/).slice(-1);
  return last.replace(/\p{C}/gu, '').trim().slice(0, 200) || 'clip';
}
