-- How far each source has been applied here, by partition; and the records that were passed without being applied.
CREATE TABLE horizon (
  source text NOT NULL,
  partition int NOT NULL,
  reached xid8 NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (source, partition)
);
CREATE TABLE horizon_hold (
  record text PRIMARY KEY,
  source text NOT NULL,
  partition int NOT NULL,
  reached xid8 NOT NULL,
  at timestamptz NOT NULL,
  held_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What the author of an event had seen, as a session token.
ALTER TABLE outbox ADD COLUMN deps text;

-- What a row comes from: `writes`, the last transaction that wrote it, by region; `after`, what their authors had seen.
ALTER TABLE orders ADD COLUMN deps jsonb NOT NULL DEFAULT '{"writes": {}, "after": {}}';

-- The number of a write is known inside its own transaction alone.
CREATE FUNCTION with_own_write(deps jsonb, region text) RETURNS jsonb LANGUAGE sql AS $$
  SELECT CASE WHEN region IS NULL THEN deps
    ELSE jsonb_set(deps, ARRAY['writes', region], to_jsonb(pg_current_xact_id()::text)) END
$$;
