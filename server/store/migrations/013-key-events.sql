-- What was done to keys, for good: the keys themselves say it only as long as nobody changes them again.
CREATE TABLE key_events (
  at INTEGER NOT NULL,
  what TEXT NOT NULL CHECK (what IN ('created', 'revoked')),
  key_id TEXT NOT NULL,
  user_name TEXT NOT NULL,
  role TEXT NOT NULL
) STRICT;
