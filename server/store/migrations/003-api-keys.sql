CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  -- of the key, which is not kept itself
  sha256 TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) STRICT;
