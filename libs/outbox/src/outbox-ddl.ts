/** The channel that says a transaction with outbox rows has committed. Its payload is empty: the rows are the message. */
export const OUTBOX_CHANNEL = 'outbox';

/**
 * The tables of the outbox, as the first migration of every service that has one holds them.
 *
 * `tx` is what orders rows, `id` orders those of one transaction. The trigger is per statement: however many rows, one
 * notification per transaction reaches a listener, and only once it has committed.
 */
export const OUTBOX_DDL = `
CREATE TABLE outbox (
  id bigserial PRIMARY KEY,
  tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
  topic text NOT NULL,
  key text NOT NULL,
  type text NOT NULL,
  hlc text NOT NULL,
  traceparent text,
  value jsonb NOT NULL,
  committed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX outbox_order ON outbox (tx, id);

CREATE TABLE outbox_position (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  sequence bigint NOT NULL DEFAULT 0
);
INSERT INTO outbox_position DEFAULT VALUES;

CREATE FUNCTION notify_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('${OUTBOX_CHANNEL}', '');
  RETURN NULL;
END $$;
CREATE TRIGGER outbox_notify AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION notify_outbox();
`;

/** A later addition, as the migration `horizon` of every service holds it: what the author of the event had seen. */
export const OUTBOX_DEPS_DDL = 'ALTER TABLE outbox ADD COLUMN deps text;';

/** Another one, as the migration `epoch` of every service holds it: on whose behalf the change was made. */
export const OUTBOX_WRITTEN_FOR_DDL = `
ALTER TABLE outbox ADD COLUMN written_for text NOT NULL DEFAULT 'client'
  CHECK (written_for IN ('client', 'peer', 'region'));
`;
