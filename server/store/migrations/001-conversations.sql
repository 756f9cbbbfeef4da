CREATE TABLE conversations (
  id TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  settings TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX conversations_by_update ON conversations (updated_at DESC);

-- A tree: an edited question, or another answer, is another child of the same parent.
CREATE TABLE messages (
  id TEXT PRIMARY KEY,
  conversation_id TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
  parent_id TEXT REFERENCES messages ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
  text TEXT NOT NULL,
  video_ids TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'stopped', 'failed', 'interrupted')),
  generation_id TEXT UNIQUE
) STRICT;
CREATE INDEX messages_by_conversation ON messages (conversation_id, created_at);
CREATE INDEX messages_by_parent ON messages (parent_id);
CREATE INDEX messages_by_state ON messages (state) WHERE state = 'running';

-- What a client sent under a key, so that sending it again makes nothing new.
CREATE TABLE sendings (
  conversation_id TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
  key TEXT NOT NULL,
  answer_id TEXT NOT NULL REFERENCES messages ON DELETE CASCADE,
  PRIMARY KEY (conversation_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE generation_events (
  generation_id TEXT NOT NULL REFERENCES messages (generation_id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  event TEXT NOT NULL,
  PRIMARY KEY (generation_id, seq)
) STRICT, WITHOUT ROWID;
