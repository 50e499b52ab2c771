-- Whether this database has its data: libs/replication/src/rebuild/joined-ddl.ts says why.
CREATE TABLE joined (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  report jsonb
);
INSERT INTO joined (singleton)
SELECT true
WHERE EXISTS (SELECT FROM outbox_position WHERE sequence > 0) OR EXISTS (SELECT FROM outbox)
   OR EXISTS (SELECT FROM inbox) OR EXISTS (SELECT FROM inbox_watermark);
