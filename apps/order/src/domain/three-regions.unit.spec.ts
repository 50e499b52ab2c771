import { orderDelta } from '@meridian/contracts';
import { createHlcClock } from '@meridian/hlc';
import type { OutboxRow } from '@meridian/outbox';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { chargeKeyOf } from '../payment/charge-key.ts';
import { toEvent } from '../persistence/order-shapes.ts';
import { type Command, decide, mayPay } from './decide.ts';
import { merge } from './merge.ts';
import {
  heldIn,
  join,
  type Money,
  type OrderFacts,
  orderOf,
  paymentOf,
  refundsDue,
  reservationName,
  type Stamp,
} from './order.ts';

/**
 * One order in three regions that hear of each other late, in any order, and more than once; whose clocks disagree; and
 * that are asked for things side by side. What must hold once everything was delivered, however it went.
 */
const regions = ['ap-southeast', 'eu-west', 'us-east'] as const;
type RegionId = (typeof regions)[number];
const customerId = '0b0a7a3e-5b0a-4c53-8c0f-1d1f7c0c2f11';
const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' as const });

const region = fc.constantFrom(...regions);
/** Two requests under one key, at two prices, with units of any region; two ways to pay. */
const placing = { request: fc.constantFrom('a', 'a', 'b'), price: fc.constantFrom(500, 510, 520, 530), lender: region };
const action = fc.oneof(
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reserve' as const), region, ...placing }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('place' as const), region, ...placing }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('charge' as const), region, reference: fc.constantFrom('p-1', 'p-2') }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('settle' as const), region }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('refund' as const), region, dies: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), region }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('deliver' as const), region, which: fc.nat() }) },
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;
type Wanted = { request: string; price: number; lender: RegionId };

function startRegions(skewsMs: Record<RegionId, number>) {
  let wallMs = 10_000;
  const events: { from: RegionId; row: OutboxRow }[] = [];
  const acknowledged: ('placed' | 'paid' | 'cancelled')[] = [];
  /** What stands in other systems: reservations, charges made, and refunds as often as they were asked for. */
  const outside = { reserved: new Set<string>(), charged: new Map<string, Money>(), refunded: new Set<string>() };
  const start = (name: RegionId) => ({
    name,
    facts: {} as OrderFacts,
    clock: createHlcClock({ region: name, wallClockMs: () => wallMs + skewsMs[name] }),
    reservation: undefined as Wanted | undefined,
    attempt: undefined as { id: string; reference: string; amount: Money } | undefined,
  });
  const all = Object.fromEntries(regions.map((name) => [name, start(name)])) as Record<
    RegionId,
    ReturnType<typeof start>
  >;
  type Region = ReturnType<typeof start>;

  const now = ({ name, clock }: Region): Stamp => ({
    hlc: clock.now(),
    at: new Date(wallMs).toISOString(),
    region: name,
  });
  const tell = (here: Region, added: OrderFacts) => {
    here.facts = join(here.facts, added);
    events.push({ from: here.name, row: toEvent('order', added, here.facts, undefined) });
  };
  const carryOut = (here: Region, command: Command) => {
    const decision = decide(command, orderOf(here.facts), now(here));
    if (decision.facts) tell(here, decision.facts);
    return decision;
  };
  const reserve = (here: Region, wanted: Wanted) => {
    if (orderOf(here.facts).status !== 'unknown' || here.reservation) return;
    here.reservation = wanted;
    outside.reserved.add(reservationName({ reservedIn: wanted.lender, region: here.name }));
  };
  const settle = (here: Region) => {
    if (!here.attempt) return;
    if (carryOut(here, { type: 'PayOrder', charge: here.attempt }).ok) acknowledged.push('paid');
    here.attempt = undefined;
  };
  /** A provider gives a charge back once, and a process can die before it has told of it. */
  const refund = (here: Region, dies = false) => {
    for (const [chargeId] of refundsDue(here.facts, here.name)) {
      if (!carryOut(here, { type: 'VoidCharge', chargeId }).ok) continue;
      outside.refunded.add(chargeId);
      if (!dies) carryOut(here, { type: 'NoteRefund', chargeId });
    }
  };
  const place = (here: Region, wanted: Wanted) => {
    reserve(here, wanted);
    const { request: asked, price, lender } = here.reservation ?? wanted;
    const lines = [{ sku: `SKU-${asked.toUpperCase()}`, quantity: 1, unitPrice: eur(price) }];
    const held = here.reservation && { lines, reservedIn: lender };
    const command: Command = { type: 'PlaceOrder', customerId, requestHash: asked, lines: [], ...held };
    if (carryOut(here, command).ok) acknowledged.push('placed');
    here.reservation = undefined;
  };
  const deliver = (here: Region, { from, row }: (typeof events)[number]) => {
    if (from === here.name) return;
    const told = orderDelta.shape.facts.parse(JSON.parse(JSON.stringify((row.value as { facts: unknown }).facts)));
    expect(here.clock.receive(row.hlc).ok).toBe(true);
    const { facts, noted } = merge(here.facts, told as OrderFacts, now(here));
    here.facts = facts;
    if (noted) events.push({ from: here.name, row: toEvent('order', noted, facts, undefined) });
  };

  return {
    ...{ all, events, outside, acknowledged },
    take(step: Action) {
      wallMs += 7;
      const here = all[step.region];
      switch (step.do) {
        case 'reserve':
          return reserve(here, step);
        case 'place':
          return place(here, step);
        case 'charge': {
          const allowed = mayPay(orderOf(here.facts), step.reference);
          if (!allowed.ok || !allowed.amount || here.attempt) return;
          const { amount } = allowed;
          const id = chargeKeyOf({ orderId: customerId, reference: step.reference, amount }, here.facts, here.name);
          outside.charged.set(id, amount);
          here.attempt = { id, reference: step.reference, amount };
          return;
        }
        case 'settle':
          return settle(here);
        case 'refund':
          return refund(here, step.dies);
        case 'cancel':
          if (carryOut(here, { type: 'CancelOrder', reason: `of ${here.name}` }).ok) acknowledged.push('cancelled');
          return;
        case 'deliver': {
          const event = events[step.which % Math.max(events.length, 1)];
          if (event) deliver(here, event);
        }
      }
    },
    /** Retries end what broke off, everything is delivered, refunds are made; until there is nothing more to tell. */
    comeToRest() {
      for (const here of Object.values(all)) if (here.reservation) place(here, here.reservation);
      for (const here of Object.values(all)) settle(here);
      for (let told = -1, rounds = 0; told !== events.length; rounds += 1) {
        if (rounds === 10) throw new Error('There is always something more to tell.');
        told = events.length;
        for (const here of Object.values(all)) for (const event of [...events]) deliver(here, event);
        for (const here of Object.values(all)) refund(here);
      }
    },
  };
}

const skews = fc.record({
  'ap-southeast': fc.integer({ min: -200, max: 200 }),
  'eu-west': fc.integer({ min: -200, max: 200 }),
  'us-east': fc.integer({ min: -200, max: 200 }),
});

it('I4: however one order went in three regions, they agree, nothing acknowledged is lost, and what was too much is given back once', () => {
  const seen = { surplus: 0, otherRequest: 0, refunds: 0, otherTotal: 0, surplusCharges: 0, paidAndCancelled: 0 };
  fc.assert(
    fc.property(skews, fc.array(action, { maxLength: 60, size: 'max' }), (skewsMs, steps) => {
      const world = startRegions(skewsMs);
      for (const step of steps) world.take(step);
      world.comeToRest();

      const [facts, ...others] = regions.map((name) => world.all[name].facts) as [OrderFacts, ...OrderFacts[]];
      for (const other of others) expect(other).toEqual(facts);
      for (const fact of world.acknowledged) expect(facts[fact], `acknowledged: ${fact}`).toBeDefined();

      // Units: those of the placing that holds stay reserved, all others are surplus, each told by one event. Of a cancelled
      // order all are, but for those that the cancellation came after in the region that asked for them.
      const { placed, cancelled } = facts;
      const holds = placed ? [reservationName({ reservedIn: heldIn(placed), region: placed.region })] : [];
      const surplus = Object.keys(facts.surplus ?? {}).sort();
      const isCancelledElsewhere = cancelled !== undefined && cancelled.region !== placed?.region;
      expect([...surplus, ...(isCancelledElsewhere ? [] : holds)].sort()).toEqual([...world.outside.reserved].sort());
      const toldOf = (name: 'surplus' | 'charges' | 'voided' | 'refunds') =>
        world.events.flatMap(({ row }) => Object.keys((row.value as { facts: OrderFacts }).facts[name] ?? {})).sort();
      expect(toldOf('surplus')).toEqual(surplus);

      // Money: every charge is known and told once; one counts unless the order is cancelled; any other was given back once.
      const charged = [...world.outside.charged.keys()].sort();
      expect(Object.keys(facts.charges ?? {}).sort()).toEqual(charged);
      expect(toldOf('charges')).toEqual(charged);
      const counts = facts.cancelled ? undefined : paymentOf(facts)?.chargeId;
      if (counts !== undefined) expect(world.outside.charged.get(counts)).toEqual(facts.placed?.total);
      const tooMuch = charged.filter((id) => id !== counts);
      expect([...world.outside.refunded].sort()).toEqual(tooMuch);
      expect(toldOf('refunds')).toEqual(tooMuch);
      expect(new Set(toldOf('voided')).size).toBe(toldOf('voided').length);
      if (placed && !cancelled) expect(orderOf(facts).status).toBe(counts === undefined ? 'placed' : 'paid');
      if (charged.length > 0 && facts.cancelled) expect(orderOf(facts).status).toBe('refunded');

      seen.surplus += surplus.length;
      seen.otherRequest += Object.values(facts.surplus ?? {}).filter((s) => !s.sameRequest).length;
      seen.refunds += tooMuch.length;
      seen.otherTotal += Object.values(facts.voided ?? {}).filter((v) => v.reason === 'another-total').length;
      seen.surplusCharges += facts.cancelled ? 0 : tooMuch.length;
      seen.paidAndCancelled += facts.paid && facts.cancelled ? 1 : 0;
    }),
    { numRuns: 2_000 },
  );
  // A schedule in which nothing goes wrong proves nothing.
  for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThan(100);
  console.log(`  2,000 schedules: ${JSON.stringify(seen)}`);
});
