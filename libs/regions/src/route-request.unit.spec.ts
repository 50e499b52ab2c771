import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { after } from './commands.fixture.ts';
import {
  firstRoutingTable,
  mayRead,
  mayWrite,
  type RegionCommand,
  type RegionShares,
  type RoutingQuestion,
  type RoutingTable,
  rankRegions,
  reduceShare,
  regionIds,
  regionShares,
  routeRequest,
} from './index.ts';
import { topology } from './topology.fixture.ts';

const ids = regionIds(topology);
const first = firstRoutingTable(ids);
const ranked = rankRegions(topology, { lat: 48.86, lon: 2.35 }); // Paris: eu-west, us-east, ap-southeast
const allHealthy = Object.fromEntries(ids.map((id) => [id, true]));

function ask(more: Partial<RoutingQuestion> = {}) {
  const table = more.table ?? first;
  const shares = regionShares(table, topology, 0);
  const { candidates, reason, passedOver } = routeRequest({
    table,
    ranked,
    health: allHealthy,
    shares,
    kind: 'read',
    key: 'k',
    ...more,
  });
  const over = Object.fromEntries(passedOver.map(({ region, why }) => [region, why]));
  return { to: candidates.map(({ region }) => region), reason, over };
}
const tableAfter = (...commands: RegionCommand[]) => after(first, ...commands);
const passive = (primary: string): RegionCommand => ({ kind: 'set-mode', mode: { kind: 'active-passive', primary } });

describe('by health', () => {
  it('chooses the nearest when it is healthy', () => {
    expect(ask()).toEqual({ to: ['eu-west', 'us-east', 'ap-southeast'], reason: 'nearest', over: {} });
  });

  it('passes over a nearer region that is unhealthy, and names it', () => {
    expect(ask({ health: { ...allHealthy, 'eu-west': false } })).toEqual({
      to: ['us-east', 'ap-southeast'],
      reason: 'unhealthy',
      over: { 'eu-west': 'unhealthy' },
    });
  });

  it('leaves an unhealthy region out also when it is not the nearest', () => {
    expect(ask({ health: { ...allHealthy, 'us-east': false } })).toMatchObject({
      to: ['eu-west', 'ap-southeast'],
      reason: 'nearest',
    });
  });

  it('tries the nearest all the same when none is reported healthy', () => {
    expect(ask({ health: {} })).toMatchObject({
      to: ['eu-west', 'us-east', 'ap-southeast'],
      reason: 'none-healthy',
    });
  });
});

describe('by the table', () => {
  it.each(['read', 'write'] as const)('sends no %s to a region that drains', (kind) => {
    const table = tableAfter({ kind: 'drain', region: 'eu-west' });
    expect(ask({ table, kind })).toEqual({
      to: ['us-east', 'ap-southeast'],
      reason: 'out-of-service',
      over: { 'eu-west': 'out-of-service' },
    });
  });

  it('does not try a region that may not serve even when none is healthy', () => {
    const table = tableAfter({ kind: 'fail', region: 'eu-west' });
    expect(ask({ table, health: {} })).toMatchObject({ to: ['us-east', 'ap-southeast'], reason: 'none-healthy' });
  });

  it('sends writes to the primary, and reads to the nearest', () => {
    const table = tableAfter(passive('ap-southeast'));
    expect(ask({ table, kind: 'write' })).toEqual({
      to: ['ap-southeast'],
      reason: 'not-primary',
      over: { 'eu-west': 'not-primary', 'us-east': 'not-primary' },
    });
    expect(ask({ table })).toMatchObject({ to: ['eu-west', 'us-east', 'ap-southeast'], reason: 'nearest' });
  });

  it('writes at a primary that looks unhealthy rather than anywhere else', () => {
    const table = tableAfter(passive('us-east'));
    const health = { ...allHealthy, 'us-east': false };
    expect(ask({ table, kind: 'write', health })).toMatchObject({ to: ['us-east'], reason: 'none-healthy' });
  });

  it('sends nothing to where only the data tier runs', () => {
    const table = tableAfter({ kind: 'set-mode', mode: { kind: 'pilot-light', primary: 'us-east' } });
    expect(ask({ table })).toMatchObject({ to: ['us-east'], reason: 'out-of-service' });
  });

  it('tries every region when the table lets nobody serve', () => {
    expect(ask({ table: { ...first, regions: {} } })).toMatchObject({
      to: ranked.map((r) => r.region),
      reason: 'none-may-serve',
    });
  });
});

describe('by shares', () => {
  const keys = Array.from({ length: 4_000 }, (_, i) => `key-${i}`);
  const firsts = (more: Partial<RoutingQuestion>) => keys.map((key) => ask({ ...more, key }).to[0]);
  const portion = (more: Partial<RoutingQuestion>, region: string) =>
    firsts(more).filter((id) => id === region).length / keys.length;
  const weighted = (weights: Record<string, number>) => ({
    table: tableAfter(
      ...Object.entries(weights).map(([region, weight]): RegionCommand => ({ kind: 'set-weight', region, weight })),
    ),
  });

  it.each([0.1, 0.25, 0.5, 0.9])('R18 a region keeps its share, the rest goes to the next nearest: %s', (weight) => {
    const table = weighted({ 'eu-west': weight });
    expect(portion(table, 'eu-west')).toBeCloseTo(weight, 1);
    expect(portion(table, 'us-east')).toBeCloseTo(1 - weight, 1);
  });

  it('gives what two regions give away to the third', () => {
    const table = weighted({ 'eu-west': 0.5, 'us-east': 0.5 });
    expect(portion(table, 'eu-west')).toBeCloseTo(0.5, 1);
    expect(portion(table, 'us-east')).toBeCloseTo(0.25, 1);
    expect(portion(table, 'ap-southeast')).toBeCloseTo(0.25, 1);
  });

  it('says that a weight moved the request', () => {
    const key = keys.find((k) => ask({ ...weighted({ 'eu-west': 0.5 }), key: k }).to[0] === 'us-east') ?? '';
    expect(ask({ ...weighted({ 'eu-west': 0.5 }), key })).toEqual({
      to: ['us-east', 'eu-west', 'ap-southeast'],
      reason: 'weight',
      over: { 'eu-west': 'weight' },
    });
  });

  it('takes equal weights for none, and a weight of none everywhere too', () => {
    for (const weight of [0.3, 0])
      expect(portion(weighted({ 'us-east': weight, 'eu-west': weight, 'ap-southeast': weight }), 'eu-west')).toBe(1);
  });

  it('lets a region with a small share take everything when it alone is healthy', () => {
    expect(portion({ ...weighted({ 'eu-west': 0.1 }), health: { 'eu-west': true } }, 'eu-west')).toBe(1);
  });

  it('R19 a share that grows draws requests in and sends none away', () => {
    const fraction = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fraction, fraction, fc.string(), (a, b, key) => {
        const [small, large] = [Math.min(a, b), Math.max(a, b)];
        const toAt = (share: number) => {
          const shares: RegionShares = { ...regionShares(first, topology, 0), 'eu-west': { share, why: 'slow-start' } };
          return ask({ shares, key }).to[0];
        };
        if (toAt(small) === 'eu-west') expect(toAt(large)).toBe('eu-west');
      }),
    );
  });
});

describe('by session', () => {
  it('prefers the nearest region that the session knows', () => {
    expect(ask({ session: ['ap-southeast', 'us-east'] })).toEqual({
      to: ['us-east', 'eu-west', 'ap-southeast'],
      reason: 'session',
      over: { 'eu-west': 'session' },
    });
    expect(ask({ session: ['eu-west'] }).reason).toBe('nearest');
  });

  it('leaves a session that cannot be served where it was to the nearest', () => {
    const drained = tableAfter({ kind: 'drain', region: 'us-east' });
    const weightless = tableAfter({ kind: 'set-weight', region: 'us-east', weight: 0 });
    for (const more of [{ table: drained }, { table: weightless }, { health: { ...allHealthy, 'us-east': false } }])
      expect(ask({ ...more, session: ['us-east'] })).toMatchObject({ reason: 'nearest' });
    expect(ask({ session: ['mars'] }).reason).toBe('nearest');
  });
});

describe('whatever the table, the health and the shares', () => {
  const state = fc.constantFrom('active', 'draining', 'evacuated', 'failed', 'standby', 'recovering', 'failing-back');
  const anywhere = fc.constantFrom(...ids);
  const mode = fc.oneof(
    fc.constant({ kind: 'active-active' }),
    fc.record({ kind: fc.constantFrom('active-passive', 'pilot-light'), primary: anywhere }),
  );
  const share = fc.oneof(fc.constant(0), fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true }));
  const perRegion = <T>(value: fc.Arbitrary<T>) =>
    fc.tuple(value, value, value).map((values) => Object.fromEntries(ids.map((id, i) => [id, values[i] as T])));
  const question = fc.record({
    table: fc.tuple(mode, perRegion(state)).map(
      ([chosen, states]) =>
        ({
          ...first,
          mode: chosen,
          regions: Object.fromEntries(ids.map((id) => [id, { state: states[id], weight: 1, sinceEpoch: 0 }])),
        }) as RoutingTable,
    ),
    ranked: fc
      .record({
        lat: fc.double({ min: -90, max: 90, noNaN: true }),
        lon: fc.double({ min: -180, max: 180, noNaN: true }),
      })
      .map((place) => rankRegions(topology, place)),
    health: fc.dictionary(anywhere, fc.boolean()),
    shares: perRegion(share).map(
      (shares) =>
        Object.fromEntries(
          ids.map((id) => [id, reduceShare({ share: 1, why: 'weight' }, shares[id] ?? 1, 'slow-start')]),
        ) as RegionShares,
    ),
    kind: fc.constantFrom('read' as const, 'write' as const),
    key: fc.string(),
    session: fc.array(anywhere, { maxLength: 2 }),
  });

  it('R15 there is always a region to try, each once', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const to = routeRequest(asked).candidates.map(({ region }) => region);
        expect(to.length).toBeGreaterThan(0);
        expect(new Set(to).size).toBe(to.length);
        expect(routeRequest(asked)).toEqual(routeRequest(asked));
      }),
    );
  });

  it('R16 no region is tried that may not serve', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const { candidates, reason } = routeRequest(asked);
        if (reason === 'none-may-serve') return;
        const may = asked.kind === 'read' ? mayRead : mayWrite;
        for (const { region } of candidates) expect(may(asked.table, region)).toBe(true);
      }),
    );
  });

  it('R17 an unhealthy region is tried only when no healthy one may serve', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const { candidates, reason } = routeRequest(asked);
        if (reason === 'none-may-serve' || reason === 'none-healthy') return;
        for (const { region } of candidates) expect(asked.health[region]).toBe(true);
      }),
    );
  });

  it('says of every region nearer than the first why it is not it, and nearest only if there is none', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const { candidates, reason, passedOver } = routeRequest(asked);
        if (reason.startsWith('none-')) return;
        const at = asked.ranked.findIndex(({ region }) => region === candidates[0]?.region);
        expect(passedOver.map(({ region }) => region)).toEqual(asked.ranked.slice(0, at).map(({ region }) => region));
        expect(reason === 'nearest').toBe(at === 0);
      }),
    );
  });
});
