import type { TraceSpan } from './jaeger-trace.ts';

/** What one region got to read of what another wrote in this trace. */
export interface TraceArrival {
  origin: string;
  reader: string;
  /** Each topic that the origin sent, and how long after its commit the last of it was applied; null when it was not. */
  topics: { topic: string; lagMs: number | null }[];
}

const ORIGIN = 'meridian.origin.region';
const LAG = 'meridian.lag_ms';

/** For each region that wrote, each other region, the nearest first. Empty for a trace that wrote nothing. */
export function traceArrivals(spans: readonly TraceSpan[], regions: readonly string[]): TraceArrival[] {
  const sent = spans.filter(({ kind, region, operation }) => kind === 'producer' && region && /^send /.test(operation));
  const sentByOrigin = Map.groupBy(sent, ({ region }) => region as string);
  const arrivals = [...sentByOrigin].flatMap(([origin, ofOrigin]) => {
    // The service that sends a topic is also the one that keeps it elsewhere; others only take note of it.
    const serviceByTopic = new Map(
      ofOrigin.map(({ operation, service }) => [operation.slice('send '.length), service]),
    );
    return regions
      .filter((region) => region !== origin)
      .map((reader) => ({
        origin,
        reader,
        topics: [...serviceByTopic].map(([topic, service]) => ({
          topic,
          lagMs: lastLagMs(
            spans.filter((span) => span.service === service && span.region === reader),
            origin,
            topic,
          ),
        })),
      }));
  });
  return arrivals.sort((a, b) => slowestMs(a) - slowestMs(b));
}

/** When all of it could be read; infinite as long as some of it could not. */
export function slowestMs({ topics }: TraceArrival): number {
  return Math.max(...topics.map(({ lagMs }) => lagMs ?? Number.POSITIVE_INFINITY));
}

function lastLagMs(spans: readonly TraceSpan[], origin: string, topic: string): number | null {
  const lags = spans
    .filter(({ operation, tags }) => tags.get(ORIGIN) === origin && operation === `process ${origin}.${topic}`)
    .map(({ tags }) => tags.get(LAG))
    .filter((lag) => typeof lag === 'number');
  return lags.length > 0 ? Math.max(...lags) : null;
}
