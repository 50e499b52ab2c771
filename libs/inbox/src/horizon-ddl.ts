/**
 * How far each source has been applied, by partition, as the migration `horizon` of every service holds it. A row of
 * `horizon_hold` is a record that was passed without being applied, and what was reached before it.
 */
export const HORIZON_DDL = `
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
`;
