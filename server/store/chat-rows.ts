import { z } from 'zod';
import { videoId } from '#contract/rest.ts';
import {
  chatSettings,
  type Conversation,
  type ConversationSummary,
  generationEvent,
  type Message,
  message,
} from '#contract/chat.ts';

const json = <T>(schema: z.ZodType<T>) => z.string().transform((text): T => schema.parse(JSON.parse(text)));

/** A conversation with what only the server knows of it. */
export interface StoredConversation extends Conversation {
  readonly owner: string;
  /** Whether everybody may read it. */
  readonly shared: boolean;
}

export const conversationRow = z
  .object({
    id: z.string(),
    title: z.string(),
    settings: json(chatSettings),
    created_at: z.int(),
    updated_at: z.int(),
    owner: z.string(),
    shared: z.literal([0, 1]),
  })
  .transform(
    (row): StoredConversation => ({
      id: row.id,
      title: row.title,
      settings: row.settings,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
      owner: row.owner,
      shared: row.shared === 1,
    }),
  );

export type StoredSummary = StoredConversation & ConversationSummary;

const listedClips = z.array(z.object({ id: videoId, name: z.string() }));

export const summaryRow = z
  .object({ pinned: z.literal([0, 1]), clips: json(listedClips) })
  .loose()
  .transform(({ pinned, clips, ...row }): StoredSummary => {
    return { ...conversationRow.parse(row), pinned: pinned === 1, clips };
  });

export const messageRow = z
  .object({
    id: z.string(),
    conversation_id: z.string(),
    parent_id: z.string().nullable(),
    role: message.shape.role,
    text: z.string(),
    video_ids: json(z.array(videoId)),
    created_at: z.int(),
    state: message.shape.state,
    cut_off: z.literal([0, 1]),
    confidence: z.number().nullable(),
    generation_id: z.string().nullable(),
  })
  .transform((row): Message & { conversationId: string } => ({
    id: row.id,
    conversationId: row.conversation_id,
    parentId: row.parent_id,
    role: row.role,
    text: row.text,
    videoIds: row.video_ids,
    createdAt: row.created_at,
    state: row.state,
    cutOff: row.cut_off === 1,
    ...(row.confidence !== null && { confidence: row.confidence }),
    generationId: row.generation_id,
  }));
export type StoredMessage = z.output<typeof messageRow>;

export const eventRow = z.object({ seq: z.int(), event: json(generationEvent) });
