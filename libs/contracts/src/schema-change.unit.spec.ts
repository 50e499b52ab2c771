import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { productDelta } from './catalog.ts';
import { EVENTS_OF_V1 } from './events-of-v1.fixture.ts';
import { orderDelta } from './order.ts';
import { deltaFactsOf, deltaFieldsOf, factSchema } from './schemas.ts';
import { userDelta } from './user.ts';

const HLC = '000000000000001-0000-us-east';
const register = (value: unknown, more: object = {}) => ({ value, hlc: HLC, ...more });
const decided = { hlc: HLC, at: '2026-11-24T12:00:00.000Z', region: 'us-east' };

describe.each([
  ['user', userDelta, EVENTS_OF_V1.user],
  ['product', productDelta, EVENTS_OF_V1.product],
  ['order', orderDelta, EVENTS_OF_V1.order],
] as const)('an event of a %s', (_aggregate, schema: z.ZodType, events: readonly object[]) => {
  it.each(events.map((event) => [Object.keys(Object.values(event)[1]).join(' and '), event] as const))(
    'as version 1 wrote it is read (%s)',
    (_what, event) => expect(schema.safeParse(event).success).toBe(true),
  );
  it.each(events.map((event) => [event] as const))('with a part that nobody knows yet is read, not refused', (event) =>
    expect(schema.safeParse({ ...event, later: { by: [1, { any: null }] } }).success).toBe(true),
  );
});

describe('the fields of a delta-state', () => {
  const fields = deltaFieldsOf({ name: z.string(), price: z.looseObject({ amountMinor: z.int() }) });

  it('keep a register that only a later version can read, whatever its value is', () => {
    const told = { name: register('Tea'), nickname: register(null), size: register({ cm: [1, 2] }) };
    expect(fields.parse(told)).toEqual(told);
  });
  it('of the first version keep where a person moved to, which it knows nothing of', () => {
    const first = deltaFieldsOf({ name: z.string(), registeredIn: z.string() });
    const told = userDelta.shape.fields.parse({ registeredIn: register('us-east'), home: register('eu-west') });
    expect(first.parse(told)).toEqual({ registeredIn: register('us-east'), home: register('eu-west') });
  });
  it('keep what a later version says inside a register that is known', () => {
    const told = { name: register('Tea', { seen: { 'eu-west': HLC } }), price: register({ amountMinor: 1, tax: 7 }) };
    expect(fields.parse(told)).toEqual(told);
  });
  it('pass over what is no register, as it could not be joined, and are read all the same', () =>
    expect(fields.parse({ name: register('Tea'), likes: { up: { 'eu-west': 3 } }, constructor: 7 })).toEqual({
      name: register('Tea'),
    }));
  it('are refused when what is known is wrong: that is no later version, but a fault', () => {
    expect(fields.safeParse({ name: register(7) }).success).toBe(false);
    expect(fields.safeParse({ name: { value: 'Tea' } }).success).toBe(false);
  });
  it('have types that tell of what is known alone', () => {
    const { name, ...rest } = fields.parse({ name: register('Tea') });
    const text: string | undefined = name?.value;
    expect(text).toBe('Tea');
    // @ts-expect-error: nobody is to look into what this version does not know
    expect(rest.nickname).toBeUndefined();
  });
});

describe('the facts of a delta-state', () => {
  const facts = deltaFactsOf({ placed: factSchema({ total: z.int() }) });

  it('keep a fact that only a later version knows, and what it says of a known one', () => {
    const told = { placed: { ...decided, total: 1, reservedIn: 'eu-west' }, shipped: { ...decided, by: 'mail' } };
    expect(facts.parse(told)).toEqual(told);
  });
  it('pass over what is no fact', () => expect(facts.parse({ charges: { c1: { ...decided } } })).toEqual({}));
});
