import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHlcClock, formatHlc, type Hlc, parseHlc } from './index.ts';

const T0 = 1_793_000_000_000;

/** A clock whose wall time the test sets. */
function clockAt(startMs: number, options: { region?: string; maxDriftMs?: number; from?: Hlc } = {}) {
  const wall = { ms: startMs };
  const clock = createHlcClock({ region: 'eu-west', wallClockMs: () => wall.ms, ...options });
  return { wall, clock };
}

const remoteAt = (wallMs: number, counter = 0) => formatHlc({ wallMs, counter, region: 'us-east' });

test('follows a wall clock that moves on', () => {
  const { wall, clock } = clockAt(T0);
  expect(parseHlc(clock.now())).toEqual({ wallMs: T0, counter: 0, region: 'eu-west' });
  wall.ms += 7;
  expect(parseHlc(clock.now())).toEqual({ wallMs: T0 + 7, counter: 0, region: 'eu-west' });
});

test('counts while the wall clock stutters', () => {
  const { clock } = clockAt(T0);
  expect([clock.now(), clock.now(), clock.now()].map((h) => parseHlc(h).counter)).toEqual([0, 1, 2]);
});

test('keeps its wall part when the wall clock goes backward', () => {
  const { wall, clock } = clockAt(T0);
  clock.now();
  wall.ms -= 10_000;
  expect(parseHlc(clock.now())).toEqual({ wallMs: T0, counter: 1, region: 'eu-west' });
});

test('takes whole milliseconds from a wall clock that gives fractions', () => {
  expect(parseHlc(clockAt(T0 + 0.9).clock.now()).wallMs).toBe(T0);
});

test('carries a full counter into the wall part', () => {
  const { clock } = clockAt(T0, { from: formatHlc({ wallMs: T0, counter: 0xffff, region: 'eu-west' }) });
  expect(parseHlc(clock.now())).toEqual({ wallMs: T0 + 1, counter: 0, region: 'eu-west' });
});

test('carries the full counter of a remote reading, too', () => {
  const { clock } = clockAt(T0);
  expect(clock.receive(remoteAt(T0 + 3, 0xffff))).toEqual({
    ok: true,
    hlc: formatHlc({ wallMs: T0 + 4, counter: 0, region: 'eu-west' }),
  });
});

test('stays within its width over more readings than the counter holds in one millisecond', () => {
  const { clock } = clockAt(T0);
  let before = clock.now();
  for (let i = 0; i < 70_000; i++) {
    const next = clock.now();
    if (next <= before || next.length !== before.length) expect.fail(`${next} does not follow ${before}`);
    before = next;
  }
  expect(parseHlc(before).wallMs).toBe(T0 + 1);
});

test('a write is later than what it changes, however far ahead that is, and so is all that follows', () => {
  const { clock } = clockAt(T0);
  const left = formatHlc({ wallMs: T0 + 60_000, counter: 3, region: 'eu-west' });
  expect(parseHlc(clock.now(left))).toEqual({ wallMs: T0 + 60_000, counter: 4, region: 'eu-west' });
  expect(clock.now() > left).toBe(true);
});

test('a write is not held back by what it changes', () => {
  const { clock } = clockAt(T0);
  expect(parseHlc(clock.now(remoteAt(T0 - 1_000))).wallMs).toBe(T0);
});

test('is later than a remote reading that it received, under its own region', () => {
  const { clock } = clockAt(T0);
  const remote = remoteAt(T0 + 400, 9);
  clock.receive(remote);
  expect(clock.now() > remote).toBe(true);
  expect(parseHlc(clock.now()).region).toBe('eu-west');
});

test('is not held back by a remote reading of the past', () => {
  const { clock } = clockAt(T0);
  clock.receive(remoteAt(T0 - 3_600_000, 77));
  expect(parseHlc(clock.now()).wallMs).toBe(T0);
});

test('takes a remote reading 500 ms ahead and refuses one 501 ms ahead, saying by how much', () => {
  const { clock } = clockAt(T0);
  expect(clock.receive(remoteAt(T0 + 500)).ok).toBe(true);
  expect(clock.receive(remoteAt(T0 + 501))).toMatchObject({ ok: false, reason: 'ClockDrift', aheadMs: 501 });
});

test('says from when on it takes what it refused: not a millisecond earlier, and then it does', () => {
  const { wall, clock } = clockAt(T0);
  const remote = remoteAt(T0 + 10_000, 7);
  const refused = clock.receive(remote);
  if (refused.ok) expect.fail('taken');
  expect(refused.acceptableAtMs).toBe(T0 + 9_500);
  wall.ms = refused.acceptableAtMs - 1;
  expect(clock.receive(remote).ok).toBe(false);
  wall.ms = refused.acceptableAtMs;
  expect(clock.receive(remote)).toMatchObject({ ok: true });
  expect(clock.now() > remote).toBe(true);
});

test('takes nothing from what it refuses', () => {
  const { clock } = clockAt(T0);
  clock.now();
  clock.receive(remoteAt(T0 + 60_000, 42));
  expect(parseHlc(clock.now())).toEqual({ wallMs: T0, counter: 1, region: 'eu-west' });
});

test('the bound is on the wall clock: what was received does not widen it', () => {
  const { clock } = clockAt(T0);
  clock.receive(remoteAt(T0 + 500));
  expect(clock.receive(remoteAt(T0 + 1_000)).ok).toBe(false);
});

test('goes on above the reading of an earlier run although the wall clock was set back', () => {
  const last = formatHlc({ wallMs: T0 + 5_000, counter: 3, region: 'eu-west' });
  expect(clockAt(T0, { from: last }).clock.now() > last).toBe(true);
});

test('refuses to start with a region or a reading that cannot be one', () => {
  expect(() => clockAt(T0, { region: 'EU West' })).toThrow('EU West');
  expect(() => clockAt(T0, { from: 'yesterday' })).toThrow('yesterday');
});

/** What can happen to one of three regions: its wall clock moves, it writes, or a message between two of them arrives. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('tick' as const), at: fc.nat(2), byMs: fc.integer({ min: -50, max: 50 }) }),
  fc.record({ kind: fc.constant('write' as const), at: fc.nat(2) }),
  fc.record({ kind: fc.constant('message' as const), at: fc.nat(2), to: fc.nat(2) }),
);

test('what happened before has the smaller reading, whatever the wall clocks do', () => {
  const skews = fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: -200, max: 200 })));
  fc.assert(
    fc.property(skews, fc.array(step, { maxLength: 60 }), (skewMs, steps) => {
      const regions = ['us-east', 'eu-west', 'ap-southeast'].map((region, i) => ({
        ...clockAt(T0 + (skewMs[i] ?? 0), { region, maxDriftMs: Number.POSITIVE_INFINITY }),
        last: '',
      }));
      const seen = new Set<Hlc>();
      const happened = (region: (typeof regions)[number], hlc: Hlc) => {
        expect(hlc > region.last).toBe(true);
        expect(seen.has(hlc)).toBe(false);
        seen.add(hlc);
        region.last = hlc;
      };
      for (const { at, ...s } of steps) {
        const here = regions[at];
        if (!here) continue;
        if (s.kind === 'tick') here.wall.ms += s.byMs;
        else if (s.kind === 'write') happened(here, here.clock.now());
        else {
          const there = regions[s.to];
          if (!there || there === here) continue;
          const sent = here.clock.now();
          happened(here, sent);
          const received = there.clock.receive(sent);
          if (!received.ok) expect.fail('refused without a bound');
          expect(received.hlc > sent).toBe(true);
          happened(there, received.hlc);
        }
      }
    }),
  );
});

/**
 * Three regions up to 10 s apart, whose wall clocks go on, stand still and jump. A message that is refused is kept aside
 * and offered again on later steps; `known` is all that happened before, kept by the test as sets.
 */
const skewedStep = fc.tuple(
  fc.constantFrom('tick' as const, 'write' as const, 'message' as const, 'message' as const),
  fc.nat(2),
  fc.nat(2),
  fc.integer({ min: -10_000, max: 10_000 }),
);
const skewed = fc.tuple(
  fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: -10_000, max: 10_000 }))),
  fc.array(skewedStep, { maxLength: 40, size: 'max' }),
);

test('with clocks 10 s apart no cause is later than its effect, and what is kept aside is taken in the end', () => {
  let keptAside = 0;
  fc.assert(
    fc.property(skewed, ([skewMs, steps]) => {
      const regions = ['us-east', 'eu-west', 'ap-southeast'].map((region, i) => ({
        ...clockAt(T0 + (skewMs[i] ?? 0), { region }),
        known: new Set<Hlc>(),
        aside: [] as { sent: Hlc; known: Set<Hlc> }[],
      }));
      type Region = (typeof regions)[number];
      const happened = (here: Region, hlc: Hlc) => {
        for (const before of here.known) if (before >= hlc) expect.fail(`${before} is a cause of ${hlc}`);
        here.known.add(hlc);
      };
      const offer = (to: Region, message: { sent: Hlc; known: Set<Hlc> }): boolean => {
        const received = to.clock.receive(message.sent);
        if (!received.ok) return false;
        for (const hlc of message.known) to.known.add(hlc);
        happened(to, received.hlc);
        return true;
      };
      const offerAgain = (to: Region) => {
        to.aside = to.aside.filter((message) => !offer(to, message));
      };
      for (const [kind, at, to, byMs] of steps) {
        const [here, there] = [regions[at] as Region, regions[to] as Region];
        if (kind === 'tick') here.wall.ms += byMs;
        else happened(here, here.clock.now());
        offerAgain(here);
        if (kind !== 'message' || here === there) continue;
        const message = { sent: [...here.known].sort().at(-1) ?? '', known: new Set(here.known) };
        if (!offer(there, message)) {
          there.aside.push(message);
          keptAside++;
        }
      }
      for (const here of regions) {
        here.wall.ms += 1_000_000;
        offerAgain(here);
        expect(here.aside).toEqual([]);
      }
    }),
    { numRuns: 2_000 },
  );
  expect(keptAside).toBeGreaterThan(1_000);
});

/** What a region does between two crashes: it writes, and stores some of that; its wall clock goes where it likes. */
const life = fc.tuple(
  fc.constantFrom(
    'write' as const,
    'write' as const,
    'receive' as const,
    'store' as const,
    'tick' as const,
    'crash' as const,
  ),
  fc.integer({ min: -20_000, max: 20_000 }),
);

test('after a crash at any point it goes on above all that was stored: no stored reading is given out again or undercut', () => {
  fc.assert(
    fc.property(fc.array(life, { maxLength: 60, size: 'max' }), (steps) => {
      let { wall, clock } = clockAt(T0);
      let latest: Hlc | undefined;
      let stored: Hlc | undefined;
      for (const [kind, byMs] of steps) {
        if (kind === 'tick') wall.ms += byMs;
        if (kind === 'write') {
          latest = clock.now();
          if (stored !== undefined && latest <= stored) expect.fail(`${latest} comes after ${stored} was stored`);
        }
        // An applied remote write is stored with its own reading.
        if (kind === 'receive') {
          const remote = remoteAt(wall.ms + byMs);
          if (clock.receive(remote).ok && (latest === undefined || remote > latest)) latest = remote;
        }
        if (kind === 'store' && latest !== undefined && (stored === undefined || latest > stored)) stored = latest;
        if (kind === 'crash') {
          ({ wall, clock } = clockAt(wall.ms + byMs, { from: stored }));
          latest = stored;
        }
      }
    }),
    { numRuns: 10_000 },
  );
});

test('with the bound, no remote reading takes a clock further ahead of its wall clock than the bound and one carry', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ aheadMs: fc.integer({ min: -2_000, max: 2_000 }), counter: fc.nat(0xffff) })),
      (readings) => {
        const { clock } = clockAt(T0);
        for (const r of readings) clock.receive(remoteAt(T0 + r.aheadMs, r.counter));
        expect(parseHlc(clock.now()).wallMs).toBeLessThanOrEqual(T0 + 501);
      },
    ),
  );
});
