import type { ClipReceipt, VideoResource } from '../../server/contract.ts';
import { type Talk, turnsOf } from './talk.ts';

export interface Exported {
  readonly talk: Talk;
  readonly video: VideoResource;
  readonly seen: ClipReceipt | undefined;
  /** Of the package. */
  readonly model: string;
}

/** Everything, all branches too, with what the answers were made from. */
export function asJson({ talk, video, seen, model }: Exported): string {
  const { conversation, messages } = talk;
  return `${JSON.stringify({ model, conversation, video, seen, messages }, null, 2)}\n`;
}

/** The shown branch, to read. */
export function asMarkdown({ talk, video, seen, model }: Exported): string {
  const { title, settings } = talk.conversation;
  const said = turnsOf(talk).map(
    ({ question, answer }) => `**${question.message.text}**\n\n${answer?.message.text ?? ''}`,
  );
  const frames = seen?.frames.map((time) => `${time.toFixed(2)} s`).join(', ');
  const about = [
    `- Clip: ${video.name}`,
    `- Model: ${model}`,
    `- Settings: ${JSON.stringify(settings)}`,
    ...(frames === undefined ? [] : [`- Frames the model saw: ${frames}`]),
  ];
  return `${[`# ${title}`, about.join('\n'), ...said].join('\n\n')}\n`;
}

/** Hands a text to the person as a file. */
export function download(name: string, type: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
