import { describe, expect, it } from 'vitest';
import { type Command, type Decision, decide, mayPay, totalOf } from './decide.ts';
import { join, type Money, type OrderFacts, orderOf, type Placed, type Stamp } from './order.ts';

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

  it('adds the fact with the total of its lines and the region that holds them', () =>
    given({})
      .when({ ...place, reservedIn: 'us-east' })
      .then(
        added({
          placed: { ...now, customerId: 'c', requestHash: 'h', lines, total: eur(2100), reservedIn: 'us-east' },
        }),
      ));
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

describe('placing what another region has placed meanwhile', () => {
  const there: Placed = { ...placed, hlc: '000000000000001-0000-us-east', region: 'us-east' };
  const place: Command = { type: 'PlaceOrder', customerId: 'c', requestHash: 'h', lines, reservedIn: 'us-east' };
  const surplus = (sameRequest: boolean) => ({
    surplus: { 'us-east for eu-west': { ...now, reservedIn: 'us-east', sameRequest } },
  });

  it('is a retry, and what was reserved for it is surplus', () =>
    given({ placed: there })
      .when(place)
      .then(added(surplus(true))));
  it('is refused for another request, and what was reserved for it is surplus', () =>
    given({ placed: there })
      .when({ ...place, requestHash: 'other' })
      .then({ ok: false, reason: 'KeyReused', facts: surplus(false) }));
  it('is surplus also when the units come from the same region: each placing has a reservation of its own', () =>
    given({ placed: { ...there, reservedIn: 'us-east' } })
      .when(place)
      .then(added(surplus(true))));
  it('says nothing of the reservation of its own placing, which another process has told meanwhile', () =>
    given({ placed: { ...placed, reservedIn: 'us-east' } })
      .when(place)
      .then(done));
  it('says so once', () =>
    given({ placed: there, ...surplus(true) })
      .when(place)
      .then(done));
});

describe('paying', () => {
  const charge = { id: 'ch-1', amount: eur(2100), reference: 'pay-1' };
  const pay: Command = { type: 'PayOrder', charge };
  const noted = { charges: { 'ch-1': { ...now, amount: eur(2100), reference: 'pay-1' } } };
  const voided = (reason: string) => ({ voided: { 'ch-1': { ...now, reason } } });
  const counted = { ...paid, chargeId: 'ch-0' };
  const charges = { 'ch-0': { ...earlier, amount: eur(2100), reference: 'pay-1' } };

  it('adds the payment and its charge', () =>
    given({ placed })
      .when(pay)
      .then(added({ paid: { ...now, paymentReference: 'pay-1', chargeId: 'ch-1' }, ...noted })));
  it('says nothing new when the charge is known, be it that the provider answered twice', () =>
    given({ placed, paid: { ...paid, chargeId: 'ch-1' }, charges: noted.charges })
      .when(pay)
      .then(done));
  it('notes a second charge for the same reference, which does not count', () =>
    given({ placed, paid: counted, charges }).when(pay).then(added(noted)));
  it('refuses a second payment by another reference, and notes its charge', () =>
    given({ placed, paid: { ...counted, paymentReference: 'pay-0' }, charges })
      .when(pay)
      .then({ ok: false, reason: 'PaidByAnother', facts: { ...noted, ...voided('another-charge-counts') } }));
  it('refuses a cancelled order, and notes the charge', () =>
    given({ placed, cancelled })
      .when(pay)
      .then({ ok: false, reason: 'OrderCancelled', facts: { ...noted, ...voided('cancelled') } }));
  it('refuses once more what was refused and noted', () =>
    given({ placed, cancelled, charges: noted.charges }).when(pay).then(refused('OrderCancelled')));
  it('refuses an order whose placing is not known here', () => given({}).when(pay).then(refused('UnknownOrder')));
  it('at another total than the order has does not pay it, and notes the charge, so that it is given back', () => {
    const dearer = { ...charge, amount: eur(2200) };
    const of = { charges: { 'ch-1': { ...now, amount: eur(2200), reference: 'pay-1' } }, ...voided('another-total') };
    given({ placed })
      .when({ type: 'PayOrder', charge: dearer })
      .then({ ok: false, reason: 'ChargeDoesNotCount', facts: of });
    given({ placed, ...of })
      .when({ type: 'PayOrder', charge: dearer })
      .then(refused('ChargeDoesNotCount'));
  });
  it('anew, after a charge that does not count, pays it', () => {
    const charges = { 'ch-0': { ...earlier, amount: eur(2200), reference: 'pay-1' } };
    const known: OrderFacts = { placed, paid: { ...paid, chargeId: 'ch-0' }, charges };
    const decision = decide(pay, orderOf(known), now);
    expect(decision).toEqual(added({ paid: { ...now, paymentReference: 'pay-1', chargeId: 'ch-1' }, ...noted }));
    expect(orderOf(join(known, decision.facts ?? {}))).toMatchObject({ status: 'paid', paid: { chargeId: 'ch-1' } });
  });
});

describe('voiding a charge', () => {
  const command: Command = { type: 'VoidCharge', chargeId: 'ch-1' };
  const charged = (amount: Money, id = 'ch-1', at = earlier) => ({ [id]: { ...at, amount, reference: 'pay-1' } });

  it('of another total says so', () =>
    given({ placed, charges: charged(eur(2200)) })
      .when(command)
      .then(added({ voided: { 'ch-1': { ...now, reason: 'another-total' } } })));
  it('beside which an earlier one counts says so', () =>
    given({ placed, charges: { ...charged(eur(2100), 'ch-0'), ...charged(eur(2100), 'ch-1', now) } })
      .when(command)
      .then(added({ voided: { 'ch-1': { ...now, reason: 'another-charge-counts' } } })));
  it('that counts is refused', () =>
    given({ placed, charges: charged(eur(2100)) })
      .when(command)
      .then(refused('ChargeCounts')));
  it('says nothing new the second time, nor of a cancelled order, of which none counts', () => {
    const charges = charged(eur(2200));
    given({ placed, charges, voided: { 'ch-1': { ...now, reason: 'another-total' } } })
      .when(command)
      .then(done);
    given({ placed, charges, cancelled }).when(command).then(done);
  });
});

describe('whether an order may be paid', () => {
  const known = { ...paid, chargeId: 'ch-1' };
  it.each<[string, OrderFacts, ReturnType<typeof mayPay>]>([
    ['is yes, its total, when it is placed', { placed }, { ok: true, amount: eur(2100) }],
    ['is done when it is, by this reference', { placed, paid: known }, { ok: true, amount: undefined }],
    ['is done also when a refund is due', { placed, paid: known, cancelled }, { ok: true, amount: undefined }],
    [
      'is no when another reference was first',
      { placed, paid: { ...known, paymentReference: 'pay-0' } },
      { ok: false, reason: 'PaidByAnother' },
    ],
    ['is no when it is cancelled', { placed, cancelled }, { ok: false, reason: 'OrderCancelled' }],
    ['is no where it is not known', {}, { ok: false, reason: 'UnknownOrder' }],
  ])('%s', (_what, facts, answer) => expect(mayPay(orderOf(facts), 'pay-1')).toEqual(answer));
});

describe('noting a refund', () => {
  const note: Command = { type: 'NoteRefund', chargeId: 'ch-1' };
  const charges = { 'ch-1': { ...earlier, amount: eur(2100), reference: 'pay-1' } };
  const refunds = { 'ch-1': { ...now, amount: eur(2100) } };

  it('adds the fact', () => given({ placed, cancelled, charges }).when(note).then(added({ refunds })));
  it('says nothing new the second time', () => given({ placed, cancelled, charges, refunds }).when(note).then(done));
  it('of a charge that no order knows is a broken invariant', () =>
    expect(() => decide(note, orderOf({ placed, cancelled }), now)).toThrow('no charge ch-1'));
});

describe('cancelling', () => {
  const cancel: Command = { type: 'CancelOrder', reason: 'changed my mind' };

  it('adds the fact', () =>
    given({ placed })
      .when(cancel)
      .then(added({ cancelled: { ...now, reason: 'changed my mind' } })));
  it('accepts a paid order, which is then due a refund, and says that it knew', () => {
    const decision = decide(cancel, orderOf({ placed, paid }), now);
    expect(decision.facts?.cancelled?.knewPaid).toBe(paid.hlc);
    expect(orderOf({ placed, paid, ...decision.facts }).status).toBe('refund-due');
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
