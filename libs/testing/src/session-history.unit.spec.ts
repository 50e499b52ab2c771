import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkCausalOrder, checkSessionGuarantees, type SessionOperation } from './session-history.ts';

/** `ann w x 1`: session ann wrote version 1 of x. `ann r x -`: it saw nothing. A fifth word is the outcome. */
const history = (...lines: string[]): SessionOperation[] =>
  lines.map((line) => {
    const [session = '', kind, key = '', version = '', outcome = 'ok'] = line.split(' ');
    return {
      ...{ session, kind: kind === 'w' ? 'write' : 'read', key },
      ...{ version: version === '-' ? null : version, outcome: outcome as 'ok' },
    };
  });
const guarantees = (...lines: string[]) => checkSessionGuarantees(history(...lines)).map(({ guarantee }) => guarantee);
const causal = (...lines: string[]) => checkCausalOrder(history(...lines)).map(({ explanation }) => explanation);

describe('a session', () => {
  it.each([
    ['read-your-writes', ['ann w x 1', 'ann r x -']],
    ['read-your-writes', ['ann w x 2', 'ann r x 1']],
    ['monotonic-reads', ['ann r x 2', 'ann r x 1']],
    ['monotonic-reads', ['ann r x 1', 'ann r y 1', 'ann r x -']],
    ['monotonic-writes', ['ann w x 2', 'ann w x 1']],
    ['writes-follow-reads', ['ann r x 2', 'ann w x 1']],
  ])('breaks %s: %j', (guarantee, lines) => expect(guarantees(...lines)).toEqual([guarantee]));

  it.each([
    ['sees what another one wrote over it', ['ann w x 1', 'bob w x 2', 'ann r x 2']],
    ['does not see what another one wrote', ['bob w x 1', 'ann r x -']],
    ['sees again what it saw', ['ann r x 1', 'ann r x 1']],
    ['does not see what failed', ['ann w x 1 fail', 'ann r x -']],
    ['does not see what may have failed', ['ann w x 1 info', 'ann r x -']],
    ['sees what may have failed', ['ann w x 1 info', 'ann r x 1']],
    ['has a read that was refused', ['ann w x 1', 'ann r x - fail']],
    ['reads another key', ['ann w x 1', 'ann r y -']],
  ])('breaks nothing when it %s', (_what, lines) => {
    expect(guarantees(...lines)).toEqual([]);
    expect(causal(...lines)).toEqual([]);
  });

  it('is told once what it lost, with both operations', () => {
    const [violation, ...more] = checkSessionGuarantees(history('ann w x 2', 'ann r x 1'));
    expect(more).toEqual([]);
    expect(violation).toMatchObject({ operation: { version: '1' }, after: { version: '2' } });
    expect(violation?.explanation).toBe('ann saw 1 of x, after ann wrote 2 of x');
  });

  it('is not told of an older version again by what came between', () =>
    expect(guarantees('ann r x 3', 'ann r x 1', 'ann r x 2')).toEqual(['monotonic-reads', 'monotonic-reads']));
});

describe('causal order', () => {
  it('is broken by an effect without its cause', () =>
    expect(causal('ann w x 1', 'ann w y 1', 'bob r y 1', 'bob r x -')).toEqual([
      'bob saw nothing of x, after ann wrote 1 of x',
    ]));

  it('is broken through a third session, which only read', () =>
    expect(causal('ann w x 1', 'cat r x 1', 'cat w y 1', 'bob r y 1', 'bob r x -')).toHaveLength(1));

  it('is broken by a write that comes out before what its author had seen of another', () =>
    expect(causal('ann w x 2', 'ann w y 1', 'bob r y 1', 'bob w x 1')).toEqual([
      'bob wrote 1 of x, after ann wrote 2 of x',
    ]));

  it('is seen also when the history names the read before the write it saw', () =>
    expect(causal('bob r y 1', 'bob r x -', 'ann w x 1', 'ann w y 1')).toHaveLength(1));

  it.each([
    ['who has not seen the effect may miss the cause', ['ann w x 1', 'ann w y 1', 'bob r y -', 'bob r x -']],
    ['what was written after the effect is no cause', ['ann w y 1', 'ann w x 1', 'bob r y 1', 'bob r x -']],
    ['a later version of the cause will do', ['ann w x 1', 'cat w x 2', 'ann w y 1', 'bob r y 1', 'bob r x 2']],
    ['what failed is no cause', ['ann w x 1 fail', 'ann w y 1', 'bob r y 1', 'bob r x -']],
  ])('is kept: %s', (_what, lines) => expect(causal(...lines)).toEqual([]));

  it('leaves to the session what the session broke', () => expect(causal('ann w x 2', 'ann r x 1')).toEqual([]));
});

describe('versions', () => {
  it('are compared as they are told to be', () => {
    const counted = (a: string, b: string) => Number(a) - Number(b);
    const lines = history('ann w x 9', 'ann r x 10');
    expect(checkSessionGuarantees(lines, counted)).toEqual([]);
    expect(checkSessionGuarantees(lines)).toHaveLength(1);
  });
});

/** Sessions on one copy of the data, which is the strongest there is; and on copies of their own, which is nothing. */
describe('histories made at random', () => {
  const steps = fc.array(
    fc.record({ session: fc.constantFrom('ann', 'bob', 'cat'), isWrite: fc.boolean(), key: fc.constantFrom('x', 'y') }),
    { minLength: 1, maxLength: 40 },
  );
  type Step = { session: string; isWrite: boolean; key: string };
  const play = (taken: Step[], copyOf: (session: string, i: number) => string) => {
    const copies = new Map<string, string>();
    return taken.map(({ session, isWrite, key }, i): SessionOperation => {
      const place = `${copyOf(session, i)} ${key}`;
      if (isWrite) copies.set(place, String(i).padStart(3, '0'));
      return { session, kind: isWrite ? 'write' : 'read', key, version: copies.get(place) ?? null, outcome: 'ok' };
    });
  };

  it('of one copy never break anything', () =>
    fc.assert(
      fc.property(steps, (taken) => {
        const played = play(taken, () => 'the one copy');
        expect(checkSessionGuarantees(played)).toEqual([]);
        expect(checkCausalOrder(played)).toEqual([]);
      }),
      { numRuns: 2_000 },
    ));

  it('of two copies that never meet, visited in turn, are caught sooner or later', () => {
    let broken = 0;
    fc.assert(
      fc.property(steps, (taken) => {
        broken += checkSessionGuarantees(play(taken, (_, i) => String(i % 2))).length > 0 ? 1 : 0;
      }),
      { numRuns: 500, seed: 1 },
    );
    expect(broken).toBeGreaterThan(100);
  });
});
