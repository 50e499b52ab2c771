-- What this region could not apply. The bytes lie in the dead-letter topic; "replayed_at" is null while a letter is open.
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
