/**
 * The number of a PostgreSQL transaction (`xid8`), as decimal text: 64 bits do not fit a JavaScript number, and JSON has
 * no larger one. Numbers of one database only grow; those of two databases say nothing of each other.
 */
export type TransactionNumber = string;

const DECIMAL = /^(0|[1-9]\d{0,19})$/;

export function isTransactionNumber(text: unknown): text is TransactionNumber {
  return typeof text === 'string' && DECIMAL.test(text);
}

/** Without leading zeros the longer one is the greater; it spares a BigInt per comparison. */
export function compareTransactions(a: TransactionNumber, b: TransactionNumber): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

export function laterTransaction(a: TransactionNumber, b: TransactionNumber): TransactionNumber {
  return compareTransactions(a, b) >= 0 ? a : b;
}
