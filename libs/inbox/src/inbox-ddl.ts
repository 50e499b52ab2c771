/**
 * The tables of the inbox, as the first migration of every service that has one holds them. An event was applied when
 * its sequence is not above the watermark of its source or has a row of its own.
 */
export const INBOX_DDL = `
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
`;
