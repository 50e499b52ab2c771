import { describe, expect, it } from 'vitest';
import { after } from './commands.fixture.ts';
import {
  decideCommand,
  firstRoutingTable,
  mayRead,
  mayWrite,
  primaryOf,
  type RegionCommand,
  type RoutingTable,
} from './index.ts';

const regions = ['us-east', 'eu-west', 'ap-southeast'];
const first = firstRoutingTable(regions);
const [us, eu, ap] = regions as [string, string, string];
const passive = after(first, { kind: 'set-mode', mode: { kind: 'active-passive', primary: us } });

const refusalOf = (table: RoutingTable, command: RegionCommand) => {
  const decision = decideCommand(table, command, 0);
  return decision.ok ? 'granted' : `${decision.reason}: ${decision.detail}`;
};
const statesOf = (table: RoutingTable) => regions.map((id) => table.regions[id]?.state);

describe('in active-active', () => {
  it('takes a region out step by step, and back', () => {
    const out = after(first, { kind: 'drain', region: eu }, { kind: 'evacuate', region: eu });
    expect(out).toMatchObject({ epoch: 2, reason: 'evacuate eu-west' });
    expect(statesOf(out)).toEqual(['active', 'evacuated', 'active']);
    expect(refusalOf(out, { kind: 'activate', region: eu })).toBe(
      'NotInLifeCycle: eu-west is evacuated and has to fail back first, taking its share step by step.',
    );
    const back = after(out, { kind: 'fail-back', region: eu });
    expect(mayWrite(back, eu)).toBe(true);
  });

  it.each(['drain', 'fail', 'stand-by'] as const)('refuses to %s the last region that may write', (kind) => {
    const one = after(first, { kind: 'drain', region: us }, { kind: 'fail', region: ap });
    expect(refusalOf(one, { kind, region: eu })).toBe(
      `NobodyWouldWrite: To ${kind} eu-west would leave no region that may write.`,
    );
  });

  it('has no primary to hand over, and no successor to name', () => {
    expect(refusalOf(first, { kind: 'hand-over', to: eu })).toMatch(/^NoPrimaryInMode/);
    expect(refusalOf(first, { kind: 'fail', region: us, successor: eu })).toMatch(/^NotPrimary/);
  });

  it('sets a weight, and refuses one that is so already', () => {
    const lighter = after(first, { kind: 'set-weight', region: eu, weight: 0.5 });
    expect(lighter.regions[eu]).toEqual({ state: 'active', weight: 0.5, sinceEpoch: 0 });
    expect(refusalOf(lighter, { kind: 'set-weight', region: eu, weight: 0.5 })).toMatch(/^AlreadySo/);
  });
});

describe('in a mode with a primary', () => {
  it('hands over to a region that may write, and to no other', () => {
    const moved = after(passive, { kind: 'hand-over', to: eu });
    expect(primaryOf(moved)).toBe(eu);
    expect(statesOf(moved)).toEqual(['active', 'active', 'active']);
    const standing = after(passive, { kind: 'stand-by', region: eu });
    expect(refusalOf(standing, { kind: 'hand-over', to: eu })).toBe(
      'CannotWrite: eu-west is standby, so that it cannot become the primary.',
    );
    expect(refusalOf(passive, { kind: 'hand-over', to: us })).toMatch(/^AlreadySo/);
  });

  it.each(['drain', 'stand-by'] as const)(
    'R9 the primary cannot leave by a plan before it has handed over: %s',
    (kind) => {
      expect(refusalOf(passive, { kind, region: us })).toBe(
        'IsPrimary: us-east is the primary: hand over to another region first.',
      );
      expect(refusalOf(after(passive, { kind: 'hand-over', to: ap }), { kind, region: us })).toBe('granted');
    },
  );

  it('R10 a primary that fails is succeeded in the same epoch', () => {
    const lighter = after(passive, { kind: 'set-weight', region: eu, weight: 0.5 });
    const failed = after(lighter, { kind: 'fail', region: us });
    expect(failed.epoch).toBe(lighter.epoch + 1);
    expect(primaryOf(failed)).toBe(ap);
    expect(primaryOf(after(lighter, { kind: 'fail', region: us, successor: eu }))).toBe(eu);
  });

  it('R10 a primary that fails with nobody to succeed it stays', () => {
    const alone = after(passive, { kind: 'drain', region: eu }, { kind: 'fail', region: ap });
    expect(refusalOf(alone, { kind: 'fail', region: us })).toBe(
      'NoSuccessor: us-east is the primary, and no other region could take its place.',
    );
    expect(refusalOf(alone, { kind: 'fail', region: us, successor: eu })).toMatch(/^CannotWrite: eu-west is draining/);
    expect(refusalOf(passive, { kind: 'fail', region: us, successor: us })).toMatch(/^CannotWrite/);
  });

  it('keeps the primary when another region fails', () => {
    expect(primaryOf(after(passive, { kind: 'fail', region: eu }))).toBe(us);
  });

  it('lets standbys answer reads in active-passive only', () => {
    const standing = after(passive, { kind: 'stand-by', region: eu });
    expect([mayRead(standing, eu), mayWrite(standing, eu)]).toEqual([true, false]);
    const both = after(standing, { kind: 'set-mode', mode: { kind: 'active-active' } });
    expect(mayRead(both, eu)).toBe(false);
  });
});

describe('pilot light', () => {
  const failed = after(first, { kind: 'fail', region: ap });
  const pilot = after(failed, { kind: 'set-mode', mode: { kind: 'pilot-light', primary: us } });

  it('puts every other region that serves on standby, and leaves the lost one lost', () => {
    expect(statesOf(pilot)).toEqual(['active', 'standby', 'failed']);
    expect(regions.filter((id) => mayRead(pilot, id))).toEqual([us]);
  });

  it('makes a standby that succeeds active, in the same epoch', () => {
    const lit = after(pilot, { kind: 'fail', region: us });
    expect(statesOf(lit)).toEqual(['failed', 'active', 'failed']);
    expect(primaryOf(lit)).toBe(eu);
  });

  it('does not call a stopped region active when the mode changes', () => {
    expect(statesOf(after(pilot, { kind: 'set-mode', mode: { kind: 'active-active' } }))[1]).toBe('standby');
  });
});

describe('set-mode', () => {
  it('refuses a primary that cannot write, and the mode that is', () => {
    const out = after(first, { kind: 'drain', region: eu });
    expect(refusalOf(out, { kind: 'set-mode', mode: { kind: 'active-passive', primary: eu } })).toMatch(/^CannotWrite/);
    expect(refusalOf(passive, { kind: 'set-mode', mode: { kind: 'active-passive', primary: us } })).toMatch(
      /^AlreadySo/,
    );
    expect(refusalOf(first, { kind: 'set-mode', mode: { kind: 'active-active' } })).toMatch(/^AlreadySo/);
  });

  it('takes another speed of the clock for a change', () => {
    const clock = { realStartMs: 0, startsAtMs: 0, speed: 1 };
    const sun = after(first, { kind: 'set-mode', mode: { kind: 'follow-the-sun', primary: us, clock } });
    const faster = { ...clock, speed: 720 };
    const set = (next: typeof clock): RegionCommand => ({
      kind: 'set-mode',
      mode: { kind: 'follow-the-sun', primary: us, clock: next },
    });
    expect(refusalOf(sun, set({ ...clock }))).toMatch(/^AlreadySo/);
    expect(refusalOf(sun, set(faster))).toBe('granted');
  });
});

it.each(['mars', 'constructor', '__proto__', 'toString'])(
  'R13 refuses a region that is not in the table, whatever its name: %s',
  (region) => {
    const all: RegionCommand[] = [
      { kind: 'drain', region },
      { kind: 'fail', region: us, successor: region },
      { kind: 'hand-over', to: region },
      { kind: 'set-weight', region, weight: 1 },
      { kind: 'set-mode', mode: { kind: 'pilot-light', primary: region } },
    ];
    for (const command of all)
      expect(refusalOf(passive, command)).toBe(
        `UnknownRegion: There is no region "${region}"; the regions are us-east, eu-west, ap-southeast.`,
      );
  },
);
