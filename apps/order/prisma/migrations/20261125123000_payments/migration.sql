-- Whether money that was taken in this region is to be given back. Each region has its own answer, so it is no part of
-- `state`. The index holds the orders that are due alone: next to none.
ALTER TABLE orders ADD COLUMN refund_due boolean NOT NULL DEFAULT false;
CREATE INDEX orders_refund_due ON orders (id) WHERE refund_due;

-- Payments that were asked of the provider and whose outcome no order knows yet. Written before the provider is asked,
-- taken away after the fact that says what came of it: whatever breaks off in between is found here and settled.
-- One per order: a second payment waits until it is known what became of the first.
CREATE TABLE payment_attempts (
  order_id uuid PRIMARY KEY,
  key text NOT NULL,
  reference text NOT NULL,
  amount_minor int NOT NULL,
  currency text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX payment_attempts_age ON payment_attempts (started_at);

-- The sandbox provider's own: what this region's account there holds. No service reads it but through the port.
CREATE TABLE sandbox_charges (
  key text PRIMARY KEY,
  id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  order_id uuid NOT NULL,
  amount_minor int NOT NULL,
  currency text NOT NULL,
  reference text NOT NULL,
  charged_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- Not unique by charge: a provider gives back as often as it is asked to under another key, and so must this one, or it
-- would hide a refund that is asked for twice.
CREATE TABLE sandbox_refunds (
  key text PRIMARY KEY,
  charge_id uuid NOT NULL REFERENCES sandbox_charges (id),
  refunded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
