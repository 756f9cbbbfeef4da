import { StringDecoder } from 'node:string_decoder';

/** The lines of a stream of UTF-8 text, without their ends. Throws RangeError on a line of more than `maxLength` characters. */
export async function* boundedLines(
  stream: AsyncIterable<Uint8Array | string>,
  maxLength: number,
): AsyncGenerator<string, void> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + (typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk)))).split(
      '\n',
    );
    rest = lines.pop() ?? '';
    for (const line of lines) yield checked(line, maxLength);
    checked(rest, maxLength);
  }
  rest += decoder.end();
  if (rest !== '') yield checked(rest, maxLength);
}

function checked(line: string, maxLength: number): string {
  if (line.length > maxLength) throw new RangeError(`a line of more than ${maxLength} characters`);
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
