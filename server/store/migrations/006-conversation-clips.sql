-- Clips that questions brought, under the names they had then: one that was deleted can still be named.
CREATE TABLE conversation_clips (
  conversation_id TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
  video_id TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (conversation_id, video_id)
) STRICT;
INSERT OR IGNORE INTO conversation_clips (conversation_id, video_id, name)
  SELECT messages.conversation_id, asked.value, coalesce(videos.name, 'clip')
  FROM messages JOIN json_each(messages.video_ids) AS asked LEFT JOIN videos ON videos.id = asked.value
  ORDER BY messages.rowid, asked.key;
