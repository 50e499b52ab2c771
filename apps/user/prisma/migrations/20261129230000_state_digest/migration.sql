-- What regions compare, computed once when a row is written: libs/replication/src/state-digest.ts says why. Rewrites the table.
ALTER TABLE users ADD COLUMN state_digest bit(128) NOT NULL
  GENERATED ALWAYS AS (('x' || md5(id::text || state::text))::bit(128)) STORED;
