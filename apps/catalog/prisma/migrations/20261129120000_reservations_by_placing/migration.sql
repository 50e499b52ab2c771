-- A reservation is of one placing of an order: two regions that place one order each have their own, also when one of them
-- borrows its units from the other. `asked_by` is the region that placed it. Of earlier ones, and of those that a process
-- of the older version writes, it is not known, and they answer to whoever asks, as they did.
ALTER TABLE reservations ADD COLUMN asked_by text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE reservations DROP CONSTRAINT reservations_pkey;
ALTER TABLE reservations ADD PRIMARY KEY (order_id, asked_by, sku);
