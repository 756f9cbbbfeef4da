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

export const conversationRow = z
  .object({
    id: z.string(),
    title: z.string(),
    settings: json(chatSettings),
    created_at: z.int(),
    updated_at: z.int(),
  })
  .transform(({ created_at: createdAt, updated_at: updatedAt, ...row }): Conversation => {
    return { ...row, createdAt, updatedAt };
  });

const listedClips = z.array(z.object({ id: videoId, name: z.string() }));

export const summaryRow = z
  .object({ pinned: z.literal([0, 1]), clips: json(listedClips) })
  .loose()
  .transform(({ pinned, clips, ...row }): ConversationSummary => {
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
    generationId: row.generation_id,
  }));
export type StoredMessage = z.output<typeof messageRow>;

export const eventRow = z.object({ seq: z.int(), event: json(generationEvent) });
