-- Whether an answer that is done ended at its longest length, and could go on.
ALTER TABLE messages ADD COLUMN cut_off INTEGER NOT NULL DEFAULT 0 CHECK (cut_off IN (0, 1));
UPDATE messages SET cut_off = 1 WHERE state = 'done' AND generation_id IN (
  SELECT generation_id FROM generation_events
  WHERE json_extract(event, '$.type') = 'done' AND json_extract(event, '$.reason') = 'length'
);
