import type { ConversationFile } from '#contract/chat.ts';
import type { ClipReceipt } from '#contract/rest.ts';
import { type OpenConversation, turnsOf } from './conversation.ts';

/** A clip as files name it. */
export interface ExportedClip {
  readonly id: string;
  readonly name: string;
  /** What the model saw of it, where that is known. */
  readonly receipt?: ClipReceipt;
}

export interface Exported {
  readonly conversation: OpenConversation;
  readonly clips: readonly ExportedClip[];
  /** Of the package. */
  readonly model: string;
}

/** Everything, all branches too, with what the answers were made from; a server can import it. */
export function fileOf({ conversation, clips, model }: Exported): ConversationFile {
  const { title, settings } = conversation.info;
  return {
    format: 1,
    model,
    title,
    settings,
    clips: clips.map(({ id, name, receipt }) => ({ id, name, ...(receipt && { seen: receipt }) })),
    messages: conversation.messages.map(({ generationId: _run, ...message }) => message),
  };
}

export function asJson(exported: Exported): string {
  return `${JSON.stringify(fileOf(exported), null, 2)}\n`;
}

/** The shown branch, to read; each question names the clips that came with it. */
export function asMarkdown({ conversation, clips, model }: Exported): string {
  const { title, settings } = conversation.info;
  const names = new Map(clips.map(({ id, name }) => [id, name]));
  const exchanges = turnsOf(conversation).map(({ question, answer }) => {
    const brought = question.message.videoIds.map((id) => names.get(id) ?? 'a clip that was deleted');
    const about = brought.length > 0 ? `*${brought.join(', ')}*\n\n` : '';
    return `${about}**${question.message.text}**\n\n${answer?.message.text ?? ''}`;
  });
  const facts = [
    ...clips.map(({ name, receipt }) => `- Clip: ${name}${receipt ? `, seen at ${momentsOf(receipt)}` : ''}`),
    `- Model: ${model}`,
    `- Settings: ${JSON.stringify(settings)}`,
  ];
  return `${[`# ${title}`, facts.join('\n'), ...exchanges].join('\n\n')}\n`;
}

function momentsOf({ frames }: ClipReceipt): string {
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
