-- Segments of long clips, for each package and way of cutting. Numbers are float32, little-endian.
CREATE TABLE segments (
  video_id TEXT NOT NULL REFERENCES videos ON DELETE CASCADE,
  package_hash TEXT NOT NULL,
  cutter TEXT NOT NULL,
  -- from 0 on, in the order of the clip
  number INTEGER NOT NULL,
  -- seconds
  start REAL NOT NULL,
  end REAL NOT NULL,
  -- shows nothing that the one before does not
  repeats INTEGER NOT NULL,
  -- seconds of the frames, JSON, and the frames in the joint space
  times TEXT,
  frames BLOB,
  PRIMARY KEY (video_id, package_hash, cutter, number)
) STRICT;

-- Clips that have been cut to their end, and those whose segments are all encoded.
CREATE TABLE segmented_videos (
  video_id TEXT NOT NULL REFERENCES videos ON DELETE CASCADE,
  package_hash TEXT NOT NULL,
  cutter TEXT NOT NULL,
  -- `cut`, `encoded`, or the code of the error for which it is not tried again by itself
  state TEXT NOT NULL,
  -- start, end and title of each chapter, JSON
  chapters TEXT,
  PRIMARY KEY (video_id, package_hash, cutter)
) STRICT;
