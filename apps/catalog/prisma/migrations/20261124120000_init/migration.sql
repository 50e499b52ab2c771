-- "C": SKUs and clock readings sort by their bytes in every region, whatever the locale of its server.
CREATE TABLE products (
  sku text COLLATE "C" PRIMARY KEY,
  state jsonb NOT NULL,
  hlc text COLLATE "C" NOT NULL,
  known boolean NOT NULL,
  tags text[] NOT NULL,
  available int NOT NULL CHECK (available >= 0),
  version int NOT NULL
);
CREATE INDEX products_tags ON products USING gin (tags);
CREATE INDEX products_hlc ON products (hlc);

CREATE TABLE reservations (
  order_id uuid NOT NULL,
  sku text COLLATE "C" NOT NULL,
  quantity int NOT NULL CHECK (quantity > 0),
  unit_price_minor int NOT NULL,
  currency text NOT NULL,
  reserved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  released_at timestamptz,
  PRIMARY KEY (order_id, sku)
);

-- What is committed here and not yet published. `tx` orders the rows: a serial id alone is given before the commit, so
-- a reader that goes by it loses the rows of slower transactions.
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
  PERFORM pg_notify('outbox', '');
  RETURN NULL;
END $$;
CREATE TRIGGER outbox_notify AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION notify_outbox();

-- Which events of which source were applied here; all up to the watermark were.
CREATE TABLE inbox (
  source text NOT NULL,
  sequence bigint NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (source, sequence)
);
CREATE TABLE inbox_watermark (
  source text PRIMARY KEY,
  sequence bigint NOT NULL
);
