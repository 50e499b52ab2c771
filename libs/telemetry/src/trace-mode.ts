import { type Context, type Link, ROOT_CONTEXT } from '@opentelemetry/api';
import { contextFromTraceparent, parseTraceparent } from './trace-context.ts';

/**
 * How what is done with a record is tied to what sent it. `child`: in the same trace, which then shows a write's whole way
 * over all regions. `link`: in a trace of its own that points back, so a trace ends when its request is answered, however
 * many read the record and however much later. `both`: in the same trace and pointing back, for tools that look for either.
 */
export const TRACE_MODES = ['child', 'link', 'both'] as const;
export type TraceMode = (typeof TRACE_MODES)[number];

/** One decision for the whole process. */
let mode: TraceMode = 'child';

/** Called by `startTelemetry`, and by who starts an SDK of his own. */
export function setTraceMode(chosen: TraceMode): void {
  mode = chosen;
}

export function isTraceMode(text: string): text is TraceMode {
  return (TRACE_MODES as readonly string[]).includes(text);
}

/** Parent and links for a span that takes up a record whose header says `traceparent`. */
export function followRecord(traceparent: string | undefined): { parent: Context; links: Link[] } {
  const sender = parseTraceparent(traceparent);
  return {
    parent: mode === 'link' ? ROOT_CONTEXT : contextFromTraceparent(traceparent),
    links: sender && mode !== 'child' ? [{ context: sender }] : [],
  };
}
