import { type ConversationFile, conversationFile, maxMessageBytes } from '#contract/chat.ts';
import { jsonOrNothing } from '#contract/client-error.ts';
import { PageError } from './failure.ts';
import type { ShownClip } from './screen.ts';
import { type OpenConversation, turnsOf } from './conversation.ts';

export interface Exported {
  readonly conversation: OpenConversation;
  readonly clips: readonly ShownClip[];
  /** Of the package. */
  readonly model: string;
}

/** Everything, all branches too, with what the answers were made from; a server takes it back. */
export function asJson({ conversation, clips, model }: Exported): string {
  const { title, settings } = conversation.info;
  const file: ConversationFile = {
    format: 1,
    model,
    title,
    settings,
    clips: clips.map(({ video: { id, name }, receipt }) => ({ id, name, ...(receipt && { seen: receipt }) })),
    messages: conversation.messages.map(({ generationId: _run, ...message }) => message),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** A conversation that was saved. Throws `PageError` for a file that is none, or too large for the server. */
export async function readConversation(file: File): Promise<ConversationFile> {
  // some room for what is around it
  if (file.size > 0.9 * maxMessageBytes) throw new PageError('not_a_conversation');
  const parsed = conversationFile.safeParse(jsonOrNothing(await file.text())).data;
  if (parsed === undefined) throw new PageError('not_a_conversation');
  return parsed;
}

/** The shown branch, to read. */
export function asMarkdown({ conversation, clips, model }: Exported): string {
  const { title, settings } = conversation.info;
  const said = turnsOf(conversation).map(
    ({ question, answer }) => `**${question.message.text}**\n\n${answer?.message.text ?? ''}`,
  );
  const about = [
    ...clips.map(
      ({ video, receipt }) => `- Clip: ${video.name}${receipt ? `, seen at ${momentsOf(receipt)}` : ''}`,
    ),
    `- Model: ${model}`,
    `- Settings: ${JSON.stringify(settings)}`,
  ];
  return `${[`# ${title}`, about.join('\n'), ...said].join('\n\n')}\n`;
}

function momentsOf({ frames }: NonNullable<ShownClip['receipt']>): string {
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
