-- Who holds an e-mail address, of those addresses that this region decides on. The address itself is not here: `digest`
-- is an HMAC of it. A released row stays for a day, so that a claim that was overtaken by its own release does nothing.
-- "C": clock readings sort by their bytes in every region, whatever the locale of its server.
CREATE TABLE email_claims (
  digest text PRIMARY KEY,
  user_id uuid NOT NULL,
  hlc text COLLATE "C" NOT NULL,
  state text NOT NULL CHECK (state IN ('held', 'settled', 'released')),
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX email_claims_released ON email_claims (changed_at) WHERE state = 'released';

-- What this region has still to do about claims, wherever they are decided: `intent` is a claim whose user is being
-- written right now, and becomes a `release` if that does not happen; `claim` is that of a provisional user.
CREATE TABLE email_claims_due (
  user_id uuid NOT NULL,
  digest text NOT NULL,
  hlc text COLLATE "C" NOT NULL,
  task text NOT NULL CHECK (task IN ('intent', 'claim', 'release')),
  traceparent text,
  attempts int NOT NULL DEFAULT 0,
  next_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (user_id, digest)
);
CREATE INDEX email_claims_due_next ON email_claims_due (next_at);
CREATE INDEX email_claims_due_waiting ON email_claims_due (digest, hlc) WHERE task = 'claim';
