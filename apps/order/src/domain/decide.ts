import {
  type Charge,
  isSameAmount,
  type Money,
  type Order,
  type OrderFacts,
  type PricedLine,
  reservationName,
  type Stamp,
} from './order.ts';

export type Command =
  /** `reservedIn` is the region whose catalog reserved the lines for this request; absent when none was asked to. */
  | { type: 'PlaceOrder'; customerId: string; requestHash: string; lines: PricedLine[]; reservedIn?: string }
  /** What a provider charged is told whatever became of the order meanwhile: money must never be where no order knows. */
  | { type: 'PayOrder'; charge: { id: string; amount: Money; reference: string } }
  | { type: 'CancelOrder'; reason: string }
  /** Before a charge is given back: from then on it does not count, whatever comes to be known. */
  | { type: 'VoidCharge'; chargeId: string }
  | { type: 'NoteRefund'; chargeId: string };

export type Refusal =
  | 'UnknownOrder'
  | 'OrderCancelled'
  | 'PaidByAnother'
  | 'ChargeDoesNotCount'
  | 'ChargeCounts'
  | 'KeyReused';

/**
 * `facts` are those to add; undefined when the command was carried out before, so that saying it twice does it once.
 * A refusal can have some, too: what was done on the way to it (units reserved, money charged) has to be undone by
 * somebody, and only what is told can be.
 */
export type Decision = { ok: true; facts: OrderFacts | undefined } | { ok: false; reason: Refusal; facts?: OrderFacts };

export function decide(command: Command, order: Order, stamp: Stamp): Decision {
  switch (command.type) {
    case 'PlaceOrder':
      return place(command, order, stamp);
    case 'PayOrder':
      return pay(command, order, stamp);
    case 'CancelOrder':
      return cancel(command, order, stamp);
    case 'VoidCharge':
      return voidCharge(command, order, stamp);
    case 'NoteRefund':
      return noteRefund(command, order, stamp);
    default:
      return command satisfies never;
  }
}

type Carry<Type extends Command['type']> = (command: Extract<Command, { type: Type }>, o: Order, s: Stamp) => Decision;

const place: Carry<'PlaceOrder'> = ({ customerId, requestHash, lines, reservedIn }, order, stamp) => {
  if (order.status === 'unknown') {
    const placed = { ...stamp, customerId, requestHash, lines, total: totalOf(lines) };
    return { ok: true, facts: { placed: { ...placed, ...(reservedIn && { reservedIn }) } } };
  }
  const sameRequest = order.placed.requestHash === requestHash;
  // Another region's placing arrived between the reservation for this request and now.
  const facts = reservedIn === undefined ? undefined : surplusOf({ ...stamp, reservedIn, sameRequest }, order);
  return sameRequest ? { ok: true, facts } : { ok: false, reason: 'KeyReused', ...(facts && { facts }) };
};

/** What a region reserved for a placing of its own that does not hold; nothing when it holds, or when this was told. */
export function surplusOf(
  surplus: Stamp & { reservedIn: string; sameRequest: boolean },
  { placed, surplus: told }: Pick<OrderFacts, 'placed' | 'surplus'>,
): OrderFacts | undefined {
  const name = reservationName(surplus);
  return placed?.region === surplus.region || told?.[name] ? undefined : { surplus: { [name]: surplus } };
}

/** Whether an order takes a payment, and how much; no amount when this very payment is known. */
export function mayPay(
  order: Order,
  paymentReference: string,
): { ok: true; amount: Money | undefined } | { ok: false; reason: Refusal } {
  if (order.status === 'unknown') return { ok: false, reason: 'UnknownOrder' };
  if ('paid' in order && order.paid?.paymentReference === paymentReference) return { ok: true, amount: undefined };
  switch (order.status) {
    case 'placed':
      return { ok: true, amount: order.placed.total };
    case 'paid':
      return { ok: false, reason: 'PaidByAnother' };
    case 'cancelled':
    case 'refund-due':
    case 'refunded':
      return { ok: false, reason: 'OrderCancelled' };
    default:
      return order satisfies never;
  }
}

const pay: Carry<'PayOrder'> = ({ charge: { id, amount, reference } }, order, stamp) => {
  if (order.status === 'unknown') return { ok: false, reason: 'UnknownOrder' };
  const isKnown = order.charges?.[id] !== undefined;
  const charges = { [id]: { ...stamp, amount, reference } };
  // One charge too many. What is refused is voided as well: who paid has been told that it does not count.
  const refused = (refusal: Refusal, reason: string): Decision => {
    const facts = { charges, voided: { [id]: { ...stamp, reason } } };
    return { ok: false, reason: refusal, ...(!isKnown && { facts }) };
  };
  if (order.status === 'placed') {
    if (isKnown || !isSameAmount(amount, order.placed.total)) return refused('ChargeDoesNotCount', 'another-total');
    return { ok: true, facts: { paid: { ...stamp, paymentReference: reference, chargeId: id }, charges } };
  }
  const allowed = mayPay(order, reference);
  if (!allowed.ok) return refused(allowed.reason, 'cancelled' in order ? 'cancelled' : 'another-charge-counts');
  // That of a retry in another region is the same payment to whoever pays.
  return { ok: true, facts: isKnown ? undefined : { charges } };
};

const cancel: Carry<'CancelOrder'> = ({ reason }, order, stamp) => {
  switch (order.status) {
    case 'unknown':
      return { ok: false, reason: 'UnknownOrder' };
    case 'placed':
      return { ok: true, facts: { cancelled: { ...stamp, reason } } };
    case 'paid':
      return { ok: true, facts: { cancelled: { ...stamp, reason, knewPaid: order.paid.hlc } } };
    case 'cancelled':
    case 'refund-due':
    case 'refunded':
      // The first reason holds.
      return { ok: true, facts: undefined };
    default:
      return order satisfies never;
  }
};

const voidCharge: Carry<'VoidCharge'> = ({ chargeId }, order, stamp) => {
  if (order.status === 'unknown') return { ok: false, reason: 'UnknownOrder' };
  const charge = chargeOf(order, chargeId);
  // Of a cancelled order none counts any more, and it stays cancelled.
  if ('cancelled' in order || order.voided?.[chargeId]) return { ok: true, facts: undefined };
  if (order.status === 'paid' && order.paid.chargeId === chargeId) return { ok: false, reason: 'ChargeCounts' };
  const reason = isSameAmount(charge.amount, order.placed.total) ? 'another-charge-counts' : 'another-total';
  return { ok: true, facts: { voided: { [chargeId]: { ...stamp, reason } } } };
};

function chargeOf({ charges }: Pick<OrderFacts, 'charges'>, id: string): Charge {
  const charge = charges?.[id];
  if (!charge) throw new Error(`The order knows no charge ${id}, so there is nothing to give back.`);
  return charge;
}

const noteRefund: Carry<'NoteRefund'> = ({ chargeId }, order, stamp) => {
  if (order.status === 'unknown') return { ok: false, reason: 'UnknownOrder' };
  const { amount } = chargeOf(order, chargeId);
  if (order.refunds?.[chargeId]) return { ok: true, facts: undefined };
  return { ok: true, facts: { refunds: { [chargeId]: { ...stamp, amount } } } };
};

/** The catalog reserves lines of one currency only; other lines here are a broken invariant. */
export function totalOf(lines: PricedLine[]): Money {
  const currency = lines[0]?.unitPrice.currency;
  if (!currency || lines.some((line) => line.unitPrice.currency !== currency))
    throw new Error('The lines of an order must be priced in one currency.');
  const amountMinor = lines.reduce((sum, line) => sum + line.quantity * line.unitPrice.amountMinor, 0);
  return { amountMinor, currency };
}
