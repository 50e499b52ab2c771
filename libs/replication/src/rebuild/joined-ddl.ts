/**
 * Whether this database belongs to a service that has its data, as the migration `joined` of every service holds it. The
 * row is missing where the disk is new, and it cannot be told from outside whether one before it was lost: so whoever
 * lacks it asks the others. A database that was in use before this table came has it at once.
 */
export const JOINED_DDL = `
CREATE TABLE joined (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  report jsonb
);
INSERT INTO joined (singleton)
SELECT true
WHERE EXISTS (SELECT FROM outbox_position WHERE sequence > 0) OR EXISTS (SELECT FROM outbox)
   OR EXISTS (SELECT FROM inbox) OR EXISTS (SELECT FROM inbox_watermark);
`;
