-- Who the keys belong to. What a user makes carries the user's id as its owner.
CREATE TABLE users (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL
) STRICT;

-- Keys of before could do everything, and each had a name: now that of its user.
ALTER TABLE api_keys ADD COLUMN user_id TEXT REFERENCES users;
ALTER TABLE api_keys ADD COLUMN role TEXT NOT NULL DEFAULT 'admin' CHECK (role IN ('admin', 'member', 'read-only'));
ALTER TABLE api_keys ADD COLUMN expires_at INTEGER;
ALTER TABLE api_keys ADD COLUMN last_used_at INTEGER;
-- a revoked key stays: a server that had keys never opens again because the last one went
ALTER TABLE api_keys ADD COLUMN revoked_at INTEGER;
INSERT OR IGNORE INTO users (id, name, created_at)
  SELECT id, name, created_at FROM api_keys ORDER BY created_at, id;
UPDATE api_keys SET user_id = (SELECT users.id FROM users WHERE users.name = api_keys.name);

-- Browsers that logged in with a key. Neither the cookie's token nor the key is kept, only their SHA-256.
CREATE TABLE sessions (
  sha256 TEXT PRIMARY KEY,
  key_sha256 TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
