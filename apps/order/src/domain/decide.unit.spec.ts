import { describe, expect, it } from 'vitest';
import { type Command, type Decision, decide, totalOf } from './decide.ts';
import { type Money, type OrderFacts, orderOf, type Placed, type Stamp } from './order.ts';

const eur = (amountMinor: number): Money => ({ amountMinor, currency: 'EUR' });
const earlier: Stamp = { hlc: '000000000000001-0000-eu-west', at: '2026-11-24T12:00:00.000Z', region: 'eu-west' };
const now: Stamp = { hlc: '000000000000002-0000-eu-west', at: '2026-11-24T12:00:01.000Z', region: 'eu-west' };

const lines = [
  { sku: 'TEA-1', quantity: 2, unitPrice: eur(450) },
  { sku: 'CUP-1', quantity: 1, unitPrice: eur(1200) },
];
const placed: Placed = { ...earlier, customerId: 'c', requestHash: 'h', lines, total: eur(2100) };
const paid = { ...earlier, paymentReference: 'pay-1' };
const cancelled = { ...earlier, reason: 'late' };

const given = (facts: OrderFacts) => ({
  when: (command: Command) => ({
    // biome-ignore lint/suspicious/noThenProperty: given / when / then; nothing awaits it
    then: (decision: Decision) => expect(decide(command, orderOf(facts), now)).toEqual(decision),
  }),
});
const added = (facts: OrderFacts): Decision => ({ ok: true, facts });
const done: Decision = { ok: true, facts: undefined };
const refused = (reason: Extract<Decision, { ok: false }>['reason']): Decision => ({ ok: false, reason });

describe('placing', () => {
  const place: Command = { type: 'PlaceOrder', customerId: 'c', requestHash: 'h', lines };

  it('adds the fact with the total of its lines', () =>
    given({})
      .when(place)
      .then(added({ placed: { ...now, customerId: 'c', requestHash: 'h', lines, total: eur(2100) } })));
  it('says nothing new when it is a retry', () => given({ placed }).when(place).then(done));
  it('says nothing new when it is a retry after the order was paid', () =>
    given({ placed, paid }).when(place).then(done));
  it('refuses another request under the same key', () =>
    given({ placed })
      .when({ ...place, requestHash: 'other' })
      .then(refused('KeyReused')));
  it('adds the fact also where a later fact came first', () =>
    given({ paid })
      .when(place)
      .then(added({ placed: { ...now, customerId: 'c', requestHash: 'h', lines, total: eur(2100) } })));
});

describe('paying', () => {
  const pay: Command = { type: 'PayOrder', paymentReference: 'pay-1' };

  it('adds the fact', () =>
    given({ placed })
      .when(pay)
      .then(added({ paid: { ...now, paymentReference: 'pay-1' } })));
  it('says nothing new the second time', () => given({ placed, paid }).when(pay).then(done));
  it('says nothing new the second time, also when a refund is due', () =>
    given({ placed, paid, cancelled }).when(pay).then(done));
  it('refuses a second payment by another reference', () =>
    given({ placed, paid }).when({ type: 'PayOrder', paymentReference: 'pay-2' }).then(refused('PaidByAnother')));
  it('refuses a cancelled order', () => given({ placed, cancelled }).when(pay).then(refused('OrderCancelled')));
  it('refuses an order whose placing is not known here', () => given({}).when(pay).then(refused('UnknownOrder')));
});

describe('cancelling', () => {
  const cancel: Command = { type: 'CancelOrder', reason: 'changed my mind' };

  it('adds the fact', () =>
    given({ placed })
      .when(cancel)
      .then(added({ cancelled: { ...now, reason: 'changed my mind' } })));
  it('accepts a paid order, which is then due a refund', () => {
    const decision = decide(cancel, orderOf({ placed, paid }), now);
    expect(decision.ok && orderOf({ placed, paid, ...decision.facts }).status).toBe('refund-due');
  });
  it('keeps the first reason', () => given({ placed, cancelled }).when(cancel).then(done));
  it('refuses an order whose placing is not known here', () =>
    given({ paid }).when(cancel).then(refused('UnknownOrder')));
});

describe('the total', () => {
  it('is never a sum over two currencies', () =>
    expect(() =>
      totalOf([...lines, { sku: 'X-1', quantity: 1, unitPrice: { amountMinor: 1, currency: 'USD' } }]),
    ).toThrow('one currency'));
});
