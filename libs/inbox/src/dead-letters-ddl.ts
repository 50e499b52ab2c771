/**
 * The table of dead letters, as a migration of every service that consumes holds it: one row for each record that this
 * service could not apply. The bytes are in the dead-letter topic, at `letter_partition` and `letter_offset`; here is
 * what makes it cheap to list them, to replay one once, and to know that a position must not pass one.
 *
 * `replayed_at` is when the record was applied after all, by a replay or because it was delivered again. Null: open.
 */
export const DEAD_LETTERS_DDL = `
CREATE TABLE dead_letters (
  topic text NOT NULL,
  partition int NOT NULL,
  "offset" bigint NOT NULL,
  key text,
  source text,
  sequence bigint,
  type text,
  trace_id text,
  reason text NOT NULL,
  attempts int NOT NULL,
  at timestamptz NOT NULL,
  letter_partition int NOT NULL,
  letter_offset bigint NOT NULL,
  replayed_at timestamptz,
  replay_failed_at timestamptz,
  replay_failure text,
  PRIMARY KEY (topic, partition, "offset")
);
CREATE INDEX dead_letters_open ON dead_letters (source, sequence) WHERE replayed_at IS NULL;
`;
