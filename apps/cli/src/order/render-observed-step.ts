import type { OrderResponse, OrderStatus } from '@meridian/contracts';
import { formatMoney, formatMs } from '../terminal/format-figures.ts';
import { type Cell, type Column, renderTable } from '../terminal/render-table.ts';
import type { Paint } from '../terminal/terminal.ts';
import type { Arrival } from './arrival.ts';
import type { ObservedStep } from './observe-arrivals.ts';

const COLUMNS: Column[] = [
  { title: 'readable in' },
  { title: 'after', align: 'right' },
  { title: 'RTT/2', align: 'right' },
  { title: 'beyond RTT/2', align: 'right' },
  { title: '', shrink: true },
];

/** What the status alone does not tell. */
const STATUS_NOTES: Partial<Record<OrderStatus, string>> = {
  'refund-due': 'cancelled after a payment: the region that charged gives the money back',
  refunded: 'cancelled after a payment: the money was given back',
};

/** An order's step: what happened where, when each other region could read it, and how to see the trace. */
export function renderObservedStep(
  observed: ObservedStep,
  options: { width: number; paint: Paint; portOffset: number },
): string {
  const { order, step, servedBy, replayed, traceId } = observed;
  const { paint } = options;
  const took = formatMs(observed.answeredAtMs - observed.sentAtMs);
  const lines = [
    paint('strong', `order ${order.id}`),
    `  ${step} in ${paint('strong', servedBy)}, answered in ${took}`,
    `  ${order.status}, ${formatMoney(order.total)}: ${order.lines.map((l) => `${l.quantity} × ${l.sku}`).join(', ')}`,
    ...notesOf(order),
  ];
  if (replayed)
    lines.push('  This Idempotency-Key was used before: the answer repeats the first one and nothing was written.');
  if (observed.arrivals.length > 0)
    lines.push(renderTable(COLUMNS, observed.arrivals.map(row), { width: options.width, paint, indent: 2 }));
  if (traceId) lines.push(`  trace ${traceId}`, `  see it: ${traceCommand(traceId, options.portOffset)}`);
  return lines.join('\n');
}

/** What became of the money, and what was done once too often because more than one region was asked. */
function notesOf({ charges = [], surplus = [], status }: OrderResponse): string[] {
  const note = STATUS_NOTES[status];
  const tooMuch = status === 'paid' ? charges.filter((charge) => charge.state !== 'counts') : [];
  return [
    ...(note ? [`  ${note}`] : []),
    ...surplus.map(({ reservedIn }) => `  also reserved in ${reservedIn}: surplus, back to stock`),
    ...tooMuch.map(
      ({ amount, region, state }) =>
        `  also charged in ${region}: ${formatMoney(amount)}, ${state === 'refunded' ? 'refunded' : 'refund due'}`,
    ),
  ];
}

export function traceCommand(traceId: string, portOffset: number): string {
  return `npx meridian trace ${traceId}${portOffset === 0 ? '' : ` --port-offset ${portOffset}`}`;
}

function row({ region, afterMs, floorMs, verdict, trouble }: Arrival): Cell[] {
  const floor = formatMs(floorMs);
  if (afterMs === null)
    return [region, { text: 'not seen', tone: 'bad' }, floor, '', { text: trouble ?? '', tone: 'bad' }];
  const beyond = formatMs(afterMs - floorMs);
  if (verdict === 'too-early')
    return [region, { text: formatMs(afterMs), tone: 'bad' }, floor, beyond, { text: 'too early', tone: 'bad' }];
  return [region, { text: formatMs(afterMs), tone: 'good' }, floor, `+${beyond}`, ''];
}

/** The same for programs. */
export function observedStepToJson(observed: ObservedStep): object {
  return {
    orderId: observed.order.id,
    step: observed.step,
    status: observed.order.status,
    charges: observed.order.charges ?? [],
    surplus: observed.order.surplus ?? [],
    region: observed.servedBy,
    answeredInMs: round(observed.answeredAtMs - observed.sentAtMs),
    replayed: observed.replayed,
    traceId: observed.traceId ?? null,
    arrivals: observed.arrivals.map((a) => ({
      region: a.region,
      readableAfterMs: a.afterMs === null ? null : round(a.afterMs),
      rttHalfMs: a.floorMs,
      verdict: a.verdict,
    })),
  };
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
