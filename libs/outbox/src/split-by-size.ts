import type { CommittedRow } from './outbox-row.ts';

/**
 * A broker takes at most 1 MB in one batch of records per partition (`message.max.bytes`), and all rows may be for one
 * partition. Sent together, too many large ones would be refused for good.
 */
const MOST_BYTES = 800_000;
/** Headers, key and framing of a record, taken generously. */
const BYTES_AROUND_VALUE = 1_000;

/** The rows in their order, in groups that can be sent at a time. A row that is too large by itself stands alone. */
export function splitBySize(rows: readonly CommittedRow[], mostBytes = MOST_BYTES): CommittedRow[][] {
  const groups: CommittedRow[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    const bytes = Buffer.byteLength(row.value) + BYTES_AROUND_VALUE;
    if (size + bytes > mostBytes) {
      groups.push([]);
      size = 0;
    }
    groups.at(-1)?.push(row);
    size += bytes;
  }
  return groups;
}
