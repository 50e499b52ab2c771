import type { ServerResponse } from 'node:http';
import { firstRoutingTable, regionIds } from '@meridian/regions';
import { eventually } from '@meridian/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningEdge, startEdge, topology } from '../testing/start-edge.ts';
import { TinyControl } from '../testing/tiny-control.ts';
import type { TinyRegion } from '../testing/tiny-region.ts';

/** Health is not what this is about. */
const CALM = { probe: { intervalMs: 60_000, timeoutMs: 5_000 } };
const SOON = { withinMs: 2_000, everyMs: 5 };
const inDublin = { 'x-client-location': 'Dublin' };
/** As the fence of a service refuses. */
const refuse = (response: ServerResponse, epoch: number) =>
  response.writeHead(503, { 'retry-after': '1', 'x-meridian-epoch': String(epoch) }).end('{}');

describe('while the primary is handed over', () => {
  let control: TinyControl;
  let running: RunningEdge;
  const start = async (settings = {}) => {
    control = new TinyControl(firstRoutingTable(regionIds(topology)));
    control.decide({ kind: 'set-mode', mode: { kind: 'active-passive', primary: 'eu-west' } });
    await control.start();
    running = await startEdge({ ...CALM, ...settings }, [control.address]);
    await eventually(async () => expect((await running.status()).table.epoch).toBe(1), SOON);
  };
  afterEach(async () => {
    await running.stop();
    await control.stop();
  });
  const write = (i = 0) =>
    running.ask(`/users/${i}`, { method: 'PATCH', headers: inDublin, body: JSON.stringify({ name: `${i}` }) });
  const handOver = async () => {
    control.decide({ kind: 'hand-over', to: 'us-east' });
    await eventually(async () => expect((await running.status()).table.epoch).toBe(2), SOON);
  };
  /** A region that is made primary and has no lease until it is given. */
  const withoutLease = (region: TinyRegion, epoch: number) => {
    let hasLease = false;
    region.behaviour = (_, response) => {
      if (hasLease) response.writeHead(200).end('{}');
      else refuse(response, epoch);
    };
    return () => {
      hasLease = true;
    };
  };
  const waiting = (n: number) =>
    eventually(async () => expect((await running.status()).handOvers.waiting).toBe(n), SOON);

  describe('whose next holder has no lease yet', () => {
    beforeEach(() => start({ handOver: { withinMs: 2_000, maxWaiting: 50 } }));

    it('R24 a write that was refused and not begun waits for the next primary, whatever it is', async () => {
      const begin = withoutLease(running.us, 2);
      await handOver();
      const answers = Promise.all(Array.from({ length: 20 }, (_, i) => write(i)));
      await waiting(20);
      begin();
      expect((await answers).map(({ status }) => status)).toEqual(Array(20).fill(200));
      expect(await running.status()).toMatchObject({ handOvers: { waiting: 0, waited: 20, inVain: 0 } });
      // Each was done once, and by the new primary.
      expect(running.eu.seen).toEqual([]);
    });

    it('R24 one of those that wait asks, and not all of them', async () => {
      const begin = withoutLease(running.us, 2);
      await handOver();
      const answers = Promise.all(Array.from({ length: 20 }, (_, i) => write(i)));
      await waiting(20);
      const asked = running.us.seen.length;
      await eventually(() => expect(running.us.seen.length).toBeGreaterThanOrEqual(asked + 3), SOON);
      begin();
      await answers;
      // Twenty refused, some that asked for the others, twenty taken.
      expect(running.us.seen.length).toBeLessThan(20 + 20 + 15);
      // Those that follow are repeats like any other.
      const { made } = (await running.status()).retries;
      expect(made).toBeGreaterThan(15);
      expect(made).toBeLessThanOrEqual(20);
    });

    it('R24 a write that the old primary refused in its commit goes to the new one', async () => {
      running.eu.behaviour = (_, response) => {
        control.decide({ kind: 'hand-over', to: 'us-east' });
        refuse(response, 2);
      };
      const answer = await write();
      expect(answer).toMatchObject({ status: 200, json: { region: 'us-east' } });
      expect(answer.headers['x-meridian-retries']).toBe('1');
    });

    it('R24 a read that no region may serve waits for one that is served, too', async () => {
      const all = [running.us, running.eu, running.ap];
      const begins = all.map((region) => withoutLease(region, 1));
      const reads = Promise.all(
        Array.from({ length: 20 }, (_, i) => running.ask(`/users/${i}`, { headers: inDublin })),
      );
      await waiting(20);
      for (const begin of begins) begin();
      expect((await reads).map(({ status }) => status)).toEqual(Array(20).fill(200));
    });

    it('R24 an answer that shows nothing of who may serve lets nobody follow', async () => {
      const refused = withoutLease(running.us, 2);
      await handOver();
      const answers = Promise.all(Array.from({ length: 5 }, (_, i) => write(i)));
      await waiting(5);
      const { behaviour } = running.us;
      running.us.behaviour = (request, response) => {
        if (request.url === '/users/nowhere/at/all') response.writeHead(404).end('{}');
        else if (typeof behaviour === 'function') behaviour(request, response);
      };
      const nowhere = await running.ask('/users/nowhere/at/all', { method: 'PATCH', headers: inDublin, body: '{}' });
      expect(nowhere.status).toBe(404);
      await waiting(5);
      expect((await running.status()).retries.made).toBe(0);
      refused();
      expect((await answers).map(({ status }) => status)).toEqual(Array(5).fill(200));
    });

    it('a read that a region refused goes to the next one, as it always did', async () => {
      withoutLease(running.eu, 1);
      expect((await running.ask('/users/1', { headers: inDublin })).json.region).toBe('us-east');
    });
  });

  it('R24 it waits for so long and no longer, and is told so', async () => {
    await start({ handOver: { withinMs: 150, maxWaiting: 50 } });
    withoutLease(running.us, 2);
    await handOver();
    const startedMs = performance.now();
    const answer = await write();
    expect(answer.json).toMatchObject({ status: 503, type: 'urn:meridian:problem:region-not-writable' });
    expect(answer.headers['retry-after']).toBe('1');
    expect(performance.now() - startedMs).toBeGreaterThan(140);
    expect(await running.status()).toMatchObject({ handOvers: { waiting: 0, waited: 1, inVain: 1 } });
  });

  it('R24 so many wait and no more', async () => {
    await start({ handOver: { withinMs: 300, maxWaiting: 5 } });
    withoutLease(running.us, 2);
    await handOver();
    const waits = Array.from({ length: 5 }, (_, i) => write(i));
    await waiting(5);
    const startedMs = performance.now();
    expect(await write()).toMatchObject({ status: 503 });
    expect(performance.now() - startedMs).toBeLessThan(150);
    await Promise.all(waits);
  });

  it('R24 it is sent again within the budget of repeats, or not at all', async () => {
    await start({ handOver: { withinMs: 2_000, maxWaiting: 50 }, retry: { ratio: 0, floorPerSecond: 0 } });
    withoutLease(running.us, 2);
    await handOver();
    expect((await write()).status).toBe(503);
    expect(running.us.seen.length).toBe(1);
  });

  it('a refusal that does not say that nothing was done is passed on as it is', async () => {
    await start();
    running.eu.behaviour = (_, response) => response.writeHead(503, { 'retry-after': '1' }).end('{}');
    expect((await write()).status).toBe(503);
    expect(running.eu.seen.length).toBe(1);
  });

  it('a client that has gone is not waited for', async () => {
    await start({ handOver: { withinMs: 2_000, maxWaiting: 50 } });
    const begin = withoutLease(running.us, 2);
    await handOver();
    const gone = fetch(`http://127.0.0.1:${running.port}/users/1`, {
      method: 'PATCH',
      signal: AbortSignal.timeout(60),
    });
    const stays = write();
    await expect(gone).rejects.toThrow();
    await waiting(1);
    begin();
    expect((await stays).status).toBe(200);
    await eventually(async () => expect(await running.status()).toMatchObject({ inFlight: 0 }), SOON);
  });
});
