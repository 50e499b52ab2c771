import type { Logger } from 'pino';
import { wordsOf } from './pauses.ts';
import { beginProcessSpan } from './process-span.ts';
import type { IncomingRecord } from './record.ts';
import type { HandleTogether } from './types.ts';

/** The first of them waits for the last, and what fails is done again one by one. */
const AT_MOST_RECORDS = 100;
const AT_MOST_BYTES = 256 * 1024;

export interface Together {
  groupId: string;
  /** Undefined where nobody can handle several at once. */
  handle: HandleTogether | undefined;
  logger: Logger | undefined;
}

/** How many of the first records are handled, and how many behind them are to be handled alone: together at least one. */
export interface HandledTogether {
  handled: number;
  thenAlone: number;
}

/**
 * Handles the first of these records together, as many as may be. Only what was read already: nothing waits for company.
 * Whatever goes wrong is nobody's fault yet; handled alone, each record answers for itself.
 */
export async function handleTogether(
  records: readonly IncomingRecord[],
  { groupId, handle, logger }: Together,
): Promise<HandledTogether> {
  if (!handle) return { handled: 0, thenAlone: records.length };
  const first = records.slice(0, countTogether(records));
  if (first.length === 1) return { handled: 0, thenAlone: 1 };
  const spans = first.map((record) => beginProcessSpan(record, groupId, first.length));
  try {
    const handled = await handle(spans);
    for (const span of spans.slice(0, handled)) span.end();
    return { handled, thenAlone: handled < first.length ? 1 : 0 };
  } catch (failure) {
    logger?.debug({ why: wordsOf(failure), records: first.length }, 'records are handled one by one');
    return { handled: 0, thenAlone: first.length };
  }
}

/** At least one, however large it is. */
function countTogether(records: readonly IncomingRecord[]): number {
  let bytes = 0;
  const atMost = Math.min(records.length, AT_MOST_RECORDS);
  for (let count = 0; count < atMost; count += 1) {
    bytes += records[count]?.value?.length ?? 0;
    if (count > 0 && bytes > AT_MOST_BYTES) return count;
  }
  return atMost;
}
