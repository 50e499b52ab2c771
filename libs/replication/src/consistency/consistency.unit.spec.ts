import { AppliedHorizons } from '@meridian/inbox';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { Consistency, type ConsistencyOptions } from './consistency.ts';
import type { ConsistencyRequest } from './operation-scopes.ts';
import type { Session } from './session.ts';

const pool = new pg.Pool({ connectionString: 'postgres://127.0.0.1:1/none' });
afterAll(() => pool.end());

/** A request for one aggregate, in a region that has heard nothing of the other one yet. */
async function admitted(waitMs: number) {
  const horizons = new AppliedHorizons(pool);
  const consistency = new Consistency({
    ...{ service: 'catalog', region: 'eu-west', otherRegions: ['us-east'], horizons, waitMs },
    ...{ homeOf: async () => undefined, forwardRequests: {} as ConsistencyOptions['forwardRequests'] },
  });
  const operation = {
    ...{ isWrite: true, internal: true, repeatable: true, atHome: false },
    scopeOf: () => ({ of: 'keys' as const, keys: ['TEA-1'] }),
  };
  const asked = { method: 'POST', params: {}, headers: {}, body: {}, url: '/', route: '/', operation };
  const found = await consistency.admit(asked satisfies ConsistencyRequest);
  if (!('session' in found)) throw new Error('It was not admitted.');
  const arrive = () => {
    for (const partition of [0, 1, 2, 3]) horizons.reach('/us-east/catalog', partition, { horizon: '8', atMs: 1 });
  };
  return { session: found.session as Required<Session>, arrive };
}

describe('what a session waits for', () => {
  const needs = { 'us-east': '7' };

  it('is not waited for, nor refused, when it came between the look and the wait', async () => {
    for (const waitMs of [60_000, 0]) {
      const { session, arrive } = await admitted(waitMs);
      expect(session.isCovered(needs)).toBe(false);
      arrive();
      await session.settle(needs);
      expect(session.isCovered(needs)).toBe(true);
    }
  });

  it('is refused when it has not come in time', async () => {
    const { session } = await admitted(0);
    await expect(session.settle(needs)).rejects.toMatchObject({ problem: 'consistency-unavailable' });
  });
});
