-- Stock by escrow. The states in `products` stay as they are: what the first version wrote is read as what it meant.

-- Orders that were passed on to another region, which may hold units for them: whoever asks again must ask there.
CREATE TABLE forwarded_reservations (
  order_id uuid PRIMARY KEY,
  region text NOT NULL,
  forwarded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE restockings (
  sku text COLLATE "C" NOT NULL,
  key text NOT NULL,
  units int NOT NULL CHECK (units > 0),
  restocked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (sku, key)
);
