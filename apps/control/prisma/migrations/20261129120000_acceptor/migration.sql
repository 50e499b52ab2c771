-- This region's vote, one row an epoch: what it has promised and what it has accepted (libs/epochs).
CREATE TABLE acceptor (
  epoch bigint PRIMARY KEY,
  promised_round bigint,
  promised_region text,
  accepted_round bigint,
  accepted_region text,
  accepted_value jsonb,
  accepted_at timestamptz,
  CONSTRAINT acceptor_ballots_are_whole CHECK (
    (promised_round IS NULL) = (promised_region IS NULL)
    AND (accepted_round IS NULL) = (accepted_region IS NULL)
    AND (accepted_round IS NULL) = (accepted_value IS NULL)
    AND (accepted_round IS NULL) = (accepted_at IS NULL)
  )
);

-- After which epoch this acceptor votes. No row: its disk is new, and it has not yet heard how far the others have come.
CREATE TABLE acceptor_joined (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  after_epoch bigint NOT NULL
);

-- What a majority has accepted, as far as it was told here. There may be gaps: a newer table makes older ones needless.
CREATE TABLE decided (
  epoch bigint PRIMARY KEY,
  proposal jsonb NOT NULL,
  learned_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
