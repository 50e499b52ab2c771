import { ATTRIBUTES } from '@meridian/telemetry';
import { trace } from '@opentelemetry/api';

/** Names on the span of a remote event what became of it: a conflict that was lost can then be searched for. */
export function nameJoinOutcome(outcome: 'joined' | 'superseded' | 'repeated'): void {
  trace.getActiveSpan()?.setAttribute(ATTRIBUTES.joinOutcome, outcome);
}
