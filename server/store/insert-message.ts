import type { StoredMessage } from './chat-rows.ts';
import type { Database } from './database.ts';

export function insertMessage(db: Database, message: StoredMessage): void {
  const sql = `INSERT INTO messages (id, conversation_id, parent_id, role, text, video_ids, created_at, state, cut_off, confidence, generation_id)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
  db.run(
    sql,
    message.id,
    message.conversationId,
    message.parentId,
    message.role,
    message.text,
    JSON.stringify(message.videoIds),
    message.createdAt,
    message.state,
    Number(message.cutOff),
    message.confidence ?? null,
    message.generationId,
  );
}
