/** A subtitle file, SubRip or WebVTT, as WebVTT: the one form that browsers show. */
export function asWebVtt(text: string): string {
  const lines = text.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n');
  if (lines.startsWith('WEBVTT')) return lines;
  // SubRip separates milliseconds by a comma
  const cues = lines.replaceAll(/^(\d+:\d\d:\d\d),(\d{3} --> \d+:\d\d:\d\d),(\d{3})/gm, '$1.$2.$3');
  return `WEBVTT\n\n${cues}`;
}
