-- What joins discarded in this region (libs/conflicts). `seq` orders this region's entries for paging; ids are the same
-- in every region that noticed the same conflict.
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
