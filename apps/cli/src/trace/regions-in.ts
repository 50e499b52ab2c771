import { type JaegerTrace, readSpans } from './jaeger-trace.ts';

/** The regions whose processes have reported spans of this trace. */
export function regionsIn(trace: JaegerTrace): Set<string> {
  return new Set(readSpans(trace).flatMap(({ region }) => region ?? []));
}
