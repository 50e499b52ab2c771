/**
 * The table of the ledger, as a migration of every service holds it. `seq` is the order in which this region noticed,
 * for reading newest first, a page at a time; it means nothing elsewhere.
 */
export const CONFLICTS_DDL = `
CREATE TABLE conflicts (
  id uuid PRIMARY KEY,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  aggregate text NOT NULL,
  aggregate_id text NOT NULL,
  field text NOT NULL,
  rule text NOT NULL,
  lost jsonb NOT NULL,
  won jsonb NOT NULL,
  detected_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  status text NOT NULL DEFAULT 'open'
);
CREATE UNIQUE INDEX conflicts_seq ON conflicts (seq);
CREATE INDEX conflicts_open ON conflicts (seq) WHERE status = 'open';
CREATE INDEX conflicts_aggregate ON conflicts (aggregate_id, seq);
`;
