-- Of answers that have ended, the last event says everything.
DELETE FROM generation_events WHERE seq < (
  SELECT max(seq) FROM generation_events AS others WHERE others.generation_id = generation_events.generation_id
) AND generation_id IN (SELECT generation_id FROM messages WHERE state <> 'running');
-- What was asked under a key, so that the same key with something else is told apart; NULL for those of before.
ALTER TABLE sendings ADD COLUMN request_digest TEXT;
