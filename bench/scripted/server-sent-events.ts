/** The events of a whole stream; comments are left out. */
export function readServerSentEvents(text: string): { name: string; data: string }[] {
  return text
    .split('\n\n')
    .map((block) => block.split('\n'))
    .flatMap((lines) => {
      const field = (name: string) =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const data = field('data');
      return data === undefined ? [] : [{ name: field('event') ?? 'message', data }];
    });
}
