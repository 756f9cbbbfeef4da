-- Whose a conversation is; nobody's are those of before, which administrators see.
ALTER TABLE conversations ADD COLUMN owner TEXT NOT NULL DEFAULT '';
-- Whether everybody may read it.
ALTER TABLE conversations ADD COLUMN shared INTEGER NOT NULL DEFAULT 0 CHECK (shared IN (0, 1));
DROP INDEX conversations_by_update;
CREATE INDEX conversations_by_update ON conversations (updated_at DESC, id DESC);

-- Who has a clip. The same bytes are stored once, whoever brings them, and go with the last one who has them.
CREATE TABLE clip_owners (
  video_id TEXT NOT NULL REFERENCES videos ON DELETE CASCADE,
  owner TEXT NOT NULL,
  -- the name that the file had where this owner had it
  name TEXT NOT NULL,
  shared INTEGER NOT NULL DEFAULT 0 CHECK (shared IN (0, 1)),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (video_id, owner)
) STRICT;
CREATE INDEX clip_owners_by_owner ON clip_owners (owner, created_at DESC);
INSERT INTO clip_owners (video_id, owner, name, created_at) SELECT id, '', name, created_at FROM videos;

-- Names this database, so that a folder of clips can tell it from another.
CREATE TABLE database_id (only INTEGER PRIMARY KEY CHECK (only = 1), id TEXT NOT NULL) STRICT;
