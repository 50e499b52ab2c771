import { formatMs } from '../terminal/format-figures.ts';
import type { JaegerTrace, TraceSpan } from './jaeger-trace.ts';

/** What a trace is about, before its steps. */
export function headLines({ traceID }: JaegerTrace, spans: readonly TraceSpan[], regions: readonly string[]): string[] {
  const services = [...new Set(spans.map(({ service }) => service))];
  const seen = new Set(spans.flatMap(({ region }) => region ?? []));
  // In the order of the topology, as the columns are.
  const inOrder = [...regions.filter((region) => seen.has(region)), ...[...seen].filter((r) => !regions.includes(r))];
  const where = inOrder.length > 0 ? ` in ${inOrder.join(', ')}` : '';
  const last = spans.reduce((latest, span) => (endOf(span) > endOf(latest) ? span : latest));
  const ids = new Set(spans.map(({ id }) => id));
  const asked = spans.find(({ kind, parentId }) => kind === 'server' && !(parentId && ids.has(parentId)));
  const answered = asked ? `answered after ${formatMs(asked.tookMs)}; ` : '';
  return [
    `trace ${traceID}`,
    `${spans.length} span${spans.length === 1 ? '' : 's'} of ${services.join(', ')}${where}`,
    `${answered}${formatMs(endOf(last))} until its last step ended${last.region ? `, in ${last.region}` : ''}`,
  ];
}

function endOf({ atMs, tookMs }: TraceSpan): number {
  return atMs + tookMs;
}
