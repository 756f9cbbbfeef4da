import { z } from 'zod';
import { conversationFile, maxMessageBytes } from '#contract/chat.ts';
import type { Connection } from './connection.ts';
import { openConversation } from './conversation.ts';
import { download, fileOf } from './export.ts';
import { jsonOrNothing } from '#contract/client-error.ts';
import { PageError } from './failure.ts';

/** All conversations in one file. */
const archive = z.object({
  format: z.literal('stan-llava-conversations'),
  conversations: z.array(conversationFile),
});

/** Conversations to files and back, through the server. */
export class Transfer {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Saves these conversations in one file; every one of the server where none are named. Throws `PageError`. */
  async exportFile(model: string, ids?: readonly string[]): Promise<void> {
    const conversations: z.input<typeof conversationFile>[] = [];
    for await (const conversationId of ids ?? this.#ids()) {
      const { conversation, messages, clips } = await this.#connection.request('conversation:read', {
        conversationId,
      });
      conversations.push(
        fileOf({
          conversation: openConversation(conversation, messages),
          clips: clips.map(({ id, name }) => ({ id, name })),
          model,
        }),
      );
    }
    const file: z.input<typeof archive> = { format: 'stan-llava-conversations', conversations };
    download('stan-llava conversations.json', 'application/json', `${JSON.stringify(file)}\n`);
  }

  /** Makes conversations of a file with one or all of them; resolves to their ids. Throws `PageError`. */
  async importFile(file: File): Promise<string[]> {
    const content = jsonOrNothing(await file.text());
    const one = conversationFile.safeParse(content).data;
    const files = one === undefined ? archive.safeParse(content).data?.conversations : [one];
    if (files === undefined) throw new PageError('not_a_conversation');
    const ids: string[] = [];
    for (const conversation of files) {
      // some room for what is around it
      if (JSON.stringify(conversation).length > 0.9 * maxMessageBytes)
        throw new PageError('not_a_conversation');
      ids.push((await this.#connection.request('conversation:import', conversation)).conversation.id);
    }
    return ids;
  }

  async *#ids(): AsyncGenerator<string> {
    const seen = new Set<string>();
    let before: number | undefined;
    for (;;) {
      const request = { limit: 200, ...(before !== undefined && { before }) };
      const { conversations } = await this.#connection.request('conversation:list', request);
      const fresh = conversations.filter(({ id }) => !seen.has(id));
      if (fresh.length === 0) return;
      for (const { id } of fresh) {
        seen.add(id);
        yield id;
      }
      before = Math.min(...conversations.filter(({ pinned }) => !pinned).map(({ updatedAt }) => updatedAt));
      if (!Number.isFinite(before)) return;
    }
  }
}
