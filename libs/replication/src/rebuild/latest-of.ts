import { laterTransaction, type TransactionNumber } from '@meridian/consistency';

/** The greatest of them; "0" for none. */
export function latestOf(numbers: readonly TransactionNumber[]): TransactionNumber {
  return numbers.reduce(laterTransaction, '0');
}
