-- On whose behalf a change was made; what does not say is a client's.
ALTER TABLE outbox ADD COLUMN written_for text NOT NULL DEFAULT 'client'
  CHECK (written_for IN ('client', 'peer', 'region'));

-- Who may write, as this service was told, and the check of it inside every commit.
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
  PERFORM pg_advisory_xact_lock_shared(435678045032);
  IF TG_ARGV[0] = 'client' THEN
    SELECT writable AND (lease_until IS NULL OR lease_until > clock_timestamp()) INTO allowed FROM epoch;
  ELSE
    SELECT serves_peers INTO allowed FROM epoch;
  END IF;
  IF allowed IS NOT TRUE THEN
    RAISE EXCEPTION 'this region may not commit for a % now', TG_ARGV[0] USING ERRCODE = 'MF001';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER outbox_fence_client AFTER INSERT ON outbox DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.written_for = 'client') EXECUTE FUNCTION refuse_when_fenced('client');
CREATE CONSTRAINT TRIGGER outbox_fence_peer AFTER INSERT ON outbox DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.written_for = 'peer') EXECUTE FUNCTION refuse_when_fenced('peer');
