import type { ShownClip } from './screen.ts';
import { type Talk, turnsOf } from './talk.ts';

export interface Exported {
  readonly talk: Talk;
  readonly clips: readonly ShownClip[];
  /** Of the package. */
  readonly model: string;
}

/** Everything, all branches too, with what the answers were made from. */
export function asJson({ talk, clips, model }: Exported): string {
  const { conversation, messages } = talk;
  const shown = clips.map(({ video, seen }) => ({ video, seen }));
  return `${JSON.stringify({ model, conversation, clips: shown, messages }, null, 2)}\n`;
}

/** The shown branch, to read. */
export function asMarkdown({ talk, clips, model }: Exported): string {
  const { title, settings } = talk.conversation;
  const said = turnsOf(talk).map(
    ({ question, answer }) => `**${question.message.text}**\n\n${answer?.message.text ?? ''}`,
  );
  const about = [
    ...clips.map(({ video, seen }) => `- Clip: ${video.name}${seen ? `, seen at ${momentsOf(seen)}` : ''}`),
    `- Model: ${model}`,
    `- Settings: ${JSON.stringify(settings)}`,
  ];
  return `${[`# ${title}`, about.join('\n'), ...said].join('\n\n')}\n`;
}

function momentsOf({ frames }: NonNullable<ShownClip['seen']>): string {
  return frames.map((time) => `${time.toFixed(2)} s`).join(', ');
}

/** Hands a text to the person as a file. */
export function download(name: string, type: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
