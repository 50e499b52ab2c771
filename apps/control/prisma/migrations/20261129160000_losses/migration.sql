-- What the services of this region had applied of a region when it was known here that it failed: what came later is not
-- in it. One row an epoch that failed a region.
CREATE TABLE losses (
  region text NOT NULL,
  epoch bigint NOT NULL,
  decided_at_ms double precision NOT NULL,
  applied jsonb NOT NULL,
  noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (region, epoch)
);
