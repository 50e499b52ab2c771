import type { Topic } from '@meridian/contracts';

/**
 * Where a service keeps its aggregates, as far as replication has to know: a row each, with the state that regions agree
 * on as jsonb in `state`, and the greatest clock reading in it in `hlc`. Names and SQL are the service's own, never input.
 */
export interface ReplicatedTable {
  name: string;
  id: { column: string; type: 'uuid' | 'text' };
  /** As event types name it: `meridian.<aggregate>.resent.v1`. */
  aggregate: string;
  topic: Topic;
  /** The value of an event that tells the whole state of a row, as SQL over its columns. */
  wholeValue: string;
}
