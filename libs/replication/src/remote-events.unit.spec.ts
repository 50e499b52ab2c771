import { AsyncLocalStorage } from 'node:async_hooks';
import { envelopeToHeaders, hlcSchema } from '@meridian/contracts';
import { formatHlc, type Hlc, parseHlc } from '@meridian/hlc';
import { type IncomingRecord, RetryForever, TooEarly } from '@meridian/kafka';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RegionClock } from './region-clock.ts';
import { type RemoteEvent, RemoteEvents } from './remote-events.ts';
import { ReplicationLag } from './replication-lag.ts';

const NOON = Date.parse('2026-11-24T12:00:00.000Z');
const reading = (wallMs: number, region = 'us-east') => formatHlc({ wallMs, counter: 0, region });
const schema = z.object({ name: z.string(), hlc: hlcSchema });
type Value = z.infer<typeof schema>;

let nowMs: number;
let clock: RegionClock;
let lag: ReplicationLag;
let events: RemoteEvents;
let applied: RemoteEvent<Value>[];
let apply: (event: RemoteEvent<Value>) => Promise<boolean>;
beforeEach(() => {
  nowMs = NOON;
  clock = new RegionClock({ region: 'eu-west', wallClockMs: () => nowMs });
  lag = new ReplicationLag();
  events = new RemoteEvents(clock, lag);
  applied = [];
  apply = async (event) => applied.push(event) > 0;
});

interface Told {
  value?: string;
  /** When the write was committed, and its reading. */
  atMs?: number;
  hlc?: Hlc;
  origin?: string;
}
function record({ value, atMs = NOON - 90, hlc = reading(atMs), origin = 'us-east' }: Told = {}): IncomingRecord {
  const headers = envelopeToHeaders({
    ...{ id: `${origin}/user/7`, source: `/${origin}/user`, type: 'meridian.user.registered.v1', subject: 'u-1' },
    ...{ time: new Date(atMs).toISOString(), originRegion: origin, originSequence: 7, hlc },
  });
  const bytes = Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)] as const);
  return {
    ...{ topic: `${origin}.users.v1`, partition: 0, offset: '1', key: Buffer.from('u-1'), timestampMs: atMs },
    value: Buffer.from(value ?? JSON.stringify({ name: 'Ada', hlc })),
    ...{ headers: Object.fromEntries(bytes), rawHeaders: bytes },
  };
}
const receive = (incoming: IncomingRecord) => events.receive(incoming, schema, ({ hlc }) => hlc, apply);

describe('an event of another region', () => {
  it('is handed on with what it is and where it comes from', async () => {
    await receive(record());
    expect(applied).toMatchObject([
      {
        value: { name: 'Ada', hlc: reading(NOON - 90) },
        origin: { source: '/us-east/user', sequence: 7 },
        envelope: { type: 'meridian.user.registered.v1', subject: 'u-1' },
      },
    ]);
  });

  it('makes what is written here afterwards later than itself', async () => {
    await receive(record({ hlc: reading(NOON + 400) }));
    expect(clock.stamp().hlc > reading(NOON + 400)).toBe(true);
  });

  it.each([
    ['is not JSON', '{"name":'],
    ['does not match its schema', JSON.stringify({ name: 7, hlc: reading(NOON) })],
  ])('of which the value %s is refused for good, and not handed on', async (_how, value) => {
    const refused = receive(record({ value }));
    await expect(refused).rejects.toThrow(/^the value /);
    await expect(refused).rejects.not.toBeInstanceOf(RetryForever);
    expect(applied).toEqual([]);
  });
});

describe('I13: an event too far ahead of this clock', () => {
  it.each([
    ['its envelope', record({ hlc: reading(NOON + 501) })],
    ['its value', record({ value: JSON.stringify({ name: 'Ada', hlc: reading(NOON + 501) }) })],
  ])('by %s is refused for good, moves no clock and is not handed on', async (_by, ahead) => {
    const refused = receive(ahead);
    await expect(refused).rejects.toThrow("ClockDrift: the event is 501 ms ahead of this region's clock");
    await expect(refused).rejects.not.toBeInstanceOf(RetryForever);
    expect(applied).toEqual([]);
    expect(parseHlc(clock.stamp().hlc).wallMs).toBe(NOON);
  });

  it('says when it can be taken, for whoever holds it until then', async () => {
    const refused = await receive(record({ hlc: reading(NOON + 2_501) })).catch((failure) => failure);
    expect(refused).toBeInstanceOf(TooEarly);
    expect(refused).toMatchObject({ name: 'ClockDrift', inMs: 2_001 });
  });

  it('is taken once this clock has come near enough', async () => {
    const ahead = record({ hlc: reading(NOON + 501) });
    await expect(receive(ahead)).rejects.toThrow('ClockDrift');
    nowMs += 1;
    await receive(ahead);
    expect(applied).toHaveLength(1);
  });
});

describe('the replication lag', () => {
  const figures = () => lag.figures();

  it('is from the commit there until it was applied here', async () => {
    apply = async () => {
      nowMs += 10;
      return true;
    };
    await receive(record({ atMs: NOON - 90 }));
    expect(figures()).toEqual({ 'us-east': { count: 1, minMs: 100, p50Ms: 100, p99Ms: 100, maxMs: 100 } });
  });

  it('is measured once, however often the event comes', async () => {
    await receive(record());
    apply = async () => false;
    nowMs += 60_000;
    await receive(record());
    expect(figures()).toMatchObject({ 'us-east': { count: 1, maxMs: 90 } });
  });

  it('is not measured when the event could not be applied', async () => {
    apply = () => Promise.reject(new Error('no'));
    await expect(receive(record())).rejects.toThrow('no');
    expect(figures()).toEqual({});
  });

  it('is none of an event of this region', async () => {
    await receive(record({ origin: 'eu-west', hlc: reading(NOON - 90, 'eu-west') }));
    expect(applied).toHaveLength(1);
    expect(figures()).toEqual({});
  });
});

describe('a failure while an event is applied', () => {
  it('is waited out, however long, when the database is away', async () => {
    const away = Object.assign(new Error('cannot reach it'), { code: 'P1001' });
    apply = () => Promise.reject(away);
    const failure = await receive(record()).catch((thrown) => thrown);
    expect(failure).toBeInstanceOf(RetryForever);
    expect(failure.cause).toBe(away);
  });

  it('is the event’s own otherwise', async () => {
    const refused = Object.assign(new Error('jsonb takes no such text'), { code: '22P05' });
    apply = () => Promise.reject(refused);
    await expect(receive(record())).rejects.toBe(refused);
  });
});

describe('several events of other regions', () => {
  const inHand = (all: IncomingRecord[]) => all.map((one) => ({ record: one, inSpan: <T>(work: () => T) => work() }));
  const together = (all: IncomingRecord[], isNew: (count: number) => boolean[] = (n) => Array(n).fill(true)) =>
    events.receiveTogether(
      inHand(all),
      schema,
      ({ hlc }) => hlc,
      async (told) => {
        applied.push(...told);
        return isNew(told.length);
      },
    );

  it('are handed on at once, and each has a lag of its own', async () => {
    expect(await together([record(), record({ atMs: NOON - 30 })])).toBe(2);
    expect(applied).toHaveLength(2);
    expect(lag.figures()).toMatchObject({ 'us-east': { count: 2, minMs: 30, maxMs: 90 } });
  });

  it('are handed on up to the first that cannot be read, and what follows it has to wait', async () => {
    expect(await together([record(), record({ value: 'x' }), record()])).toBe(1);
    expect(await together([record({ value: 'x' }), record()])).toBe(0);
    expect(applied).toHaveLength(1);
  });

  it('I13: are handed on up to the first that is too far ahead of this clock', async () => {
    expect(await together([record(), record({ hlc: reading(NOON + 2_000) }), record()])).toBe(1);
    expect(clock.stamp().hlc < reading(NOON + 600)).toBe(true);
  });

  it('are applied in the span of the one when the others came to nothing, and in none when they are several', async () => {
    const span = new AsyncLocalStorage<string>();
    const inSpans = (all: IncomingRecord[]) =>
      all.map((one, i) => ({ record: one, inSpan: <T>(work: () => T) => span.run(`span ${i}`, work) }));
    const spanOfApplying = async (all: IncomingRecord[]) => {
      let seen: string | undefined = 'not applied';
      await events.receiveTogether(
        inSpans(all),
        schema,
        ({ hlc }) => hlc,
        async (told) => {
          await Promise.resolve();
          seen = span.getStore();
          return told.map(() => true);
        },
      );
      return seen;
    };
    expect(await spanOfApplying([record()])).toBe('span 0');
    expect(await spanOfApplying([record(), record({ value: 'x' })])).toBe('span 0');
    expect(await spanOfApplying([record(), record()])).toBeUndefined();
  });

  it('that came twice are not measured twice', async () => {
    await together([record(), record()], () => [true, false]);
    expect(lag.figures()).toMatchObject({ 'us-east': { count: 1 } });
  });

  it('wait for a database that is away, and are not to blame', async () => {
    const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    await expect(
      together([record(), record()], () => {
        throw away;
      }),
    ).rejects.toBeInstanceOf(RetryForever);
  });
});
