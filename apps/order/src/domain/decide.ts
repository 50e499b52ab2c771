import type { Money, Order, OrderFacts, PricedLine, Stamp } from './order.ts';

export type Command =
  | { type: 'PlaceOrder'; customerId: string; requestHash: string; lines: PricedLine[] }
  | { type: 'PayOrder'; paymentReference: string }
  | { type: 'CancelOrder'; reason: string };

export type Refusal = 'UnknownOrder' | 'OrderCancelled' | 'PaidByAnother' | 'KeyReused';

/** `facts` are those to add; undefined when the command was carried out before, so that saying it twice does it once. */
export type Decision = { ok: true; facts: OrderFacts | undefined } | { ok: false; reason: Refusal };

export function decide(command: Command, order: Order, stamp: Stamp): Decision {
  switch (command.type) {
    case 'PlaceOrder':
      return place(command, order, stamp);
    case 'PayOrder':
      return pay(command, order, stamp);
    case 'CancelOrder':
      return cancel(command, order, stamp);
    default:
      return command satisfies never;
  }
}

type Carry<Type extends Command['type']> = (command: Extract<Command, { type: Type }>, o: Order, s: Stamp) => Decision;

const place: Carry<'PlaceOrder'> = ({ customerId, requestHash, lines }, order, stamp) => {
  if (order.status === 'unknown')
    return { ok: true, facts: { placed: { ...stamp, customerId, requestHash, lines, total: totalOf(lines) } } };
  if (order.placed.requestHash === requestHash) return { ok: true, facts: undefined };
  return { ok: false, reason: 'KeyReused' };
};

const pay: Carry<'PayOrder'> = ({ paymentReference }, order, stamp) => {
  switch (order.status) {
    case 'unknown':
      return { ok: false, reason: 'UnknownOrder' };
    case 'placed':
      return { ok: true, facts: { paid: { ...stamp, paymentReference } } };
    case 'cancelled':
      return { ok: false, reason: 'OrderCancelled' };
    case 'paid':
    case 'refund-due':
      if (order.paid.paymentReference === paymentReference) return { ok: true, facts: undefined };
      return { ok: false, reason: 'PaidByAnother' };
    default:
      return order satisfies never;
  }
};

const cancel: Carry<'CancelOrder'> = ({ reason }, order, stamp) => {
  switch (order.status) {
    case 'unknown':
      return { ok: false, reason: 'UnknownOrder' };
    case 'placed':
    case 'paid':
      return { ok: true, facts: { cancelled: { ...stamp, reason } } };
    case 'cancelled':
    case 'refund-due':
      // The first reason holds.
      return { ok: true, facts: undefined };
    default:
      return order satisfies never;
  }
};

/** The catalog reserves lines of one currency only; other lines here are a broken invariant. */
export function totalOf(lines: PricedLine[]): Money {
  const currency = lines[0]?.unitPrice.currency;
  if (!currency || lines.some((line) => line.unitPrice.currency !== currency))
    throw new Error('The lines of an order must be priced in one currency.');
  const amountMinor = lines.reduce((sum, line) => sum + line.quantity * line.unitPrice.amountMinor, 0);
  return { amountMinor, currency };
}
