/** The advisory lock in which commits and a new epoch exclude each other ("epoch" in ASCII; such locks are per database). */
export const EPOCH_LOCK = 0x65706f6368;

/** What a commit fails with that may not be made: no code of PostgreSQL's own begins with M. */
export const FENCED_SQLSTATE = 'MF001';

/**
 * The fence, as the migration `epoch` of every service holds it, behind `OUTBOX_WRITTEN_FOR_DDL`.
 *
 * The check before a write can be long ago when the write is committed: a process may be stopped in between for any time.
 * So it is made again inside the commit, by a deferred constraint trigger, which runs when everything else of the
 * transaction has been done. Its lock is shared among commits and exclusive to a new epoch: whoever was told that the new
 * one is known here can be sure that nothing is committed any more by the right of the one before.
 *
 * On the outbox, because a change that is told to nobody is none that clients make. What is owed whatever the epoch
 * (`written_for` is `region`) does not even come to the trigger; what does not say is a client's. Where there is no row,
 * nobody may.
 */
export const EPOCH_DDL = `
CREATE TABLE epoch (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  epoch bigint NOT NULL DEFAULT 0,
  told jsonb,
  writable boolean NOT NULL DEFAULT true,
  serves_peers boolean NOT NULL DEFAULT true,
  lease_until timestamptz
);
INSERT INTO epoch DEFAULT VALUES;

CREATE FUNCTION refuse_when_fenced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  allowed boolean;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(${EPOCH_LOCK});
  IF TG_ARGV[0] = 'client' THEN
    SELECT writable AND (lease_until IS NULL OR lease_until > clock_timestamp()) INTO allowed FROM epoch;
  ELSE
    SELECT serves_peers INTO allowed FROM epoch;
  END IF;
  IF allowed IS NOT TRUE THEN
    RAISE EXCEPTION 'this region may not commit for a % now', TG_ARGV[0] USING ERRCODE = '${FENCED_SQLSTATE}';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER outbox_fence_client AFTER INSERT ON outbox DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.written_for = 'client') EXECUTE FUNCTION refuse_when_fenced('client');
CREATE CONSTRAINT TRIGGER outbox_fence_peer AFTER INSERT ON outbox DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.written_for = 'peer') EXECUTE FUNCTION refuse_when_fenced('peer');
`;
