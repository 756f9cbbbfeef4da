-- A clip as search knows it, for each package and way of choosing frames. Numbers are float32, little-endian.
CREATE TABLE frame_embeddings (
  video_id TEXT NOT NULL REFERENCES videos ON DELETE CASCADE,
  package_hash TEXT NOT NULL,
  sampler TEXT NOT NULL,
  -- in front of the frames, so that reading it alone does not read them
  direction BLOB,
  -- seconds of the frames, JSON
  times TEXT,
  frames BLOB,
  -- why the clip has none; it is not tried again by itself
  problem TEXT,
  PRIMARY KEY (video_id, package_hash, sampler),
  CHECK ((problem IS NULL) = (frames IS NOT NULL))
) STRICT;
