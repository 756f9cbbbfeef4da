-- How often answers like this one are right, 0 to 1; null where that is not known.
ALTER TABLE messages ADD COLUMN confidence REAL CHECK (confidence BETWEEN 0 AND 1);
