import { trace } from '@opentelemetry/api';
import type { LostFact } from '../domain/merge.ts';

/** Names on the span of a remote event what its join discards. Readings alone: reasons and references are of people. */
export function nameLost(lost: LostFact[]): void {
  for (const { field, rule, lost: loser, won } of lost)
    trace.getActiveSpan()?.addEvent('overridden', { field, rule, lost: loser.hlc, won: won.hlc });
}
