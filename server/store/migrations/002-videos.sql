-- No two are of the same moment, so that a list can go on after any of them.
CREATE TABLE videos (
  id TEXT PRIMARY KEY,
  sha256 TEXT NOT NULL,
  name TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  duration REAL NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  format TEXT NOT NULL,
  created_at INTEGER NOT NULL UNIQUE
) STRICT;
