-- Placings whose units the catalog was, or is about to be, asked for, and which no order tells of yet. Written before the
-- catalog is asked, taken away by the statement that writes the order: what breaks off in between is found here.
-- One per order: with one key another request waits until it is known what became of the first.
CREATE TABLE placing_attempts (
  order_id uuid PRIMARY KEY,
  customer_id uuid NOT NULL,
  lines jsonb NOT NULL,
  request_hash text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX placing_attempts_age ON placing_attempts (started_at);
