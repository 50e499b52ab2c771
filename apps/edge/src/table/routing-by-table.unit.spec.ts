import { firstRoutingTable, type RegionCommand, regionIds } from '@meridian/regions';
import { eventually } from '@meridian/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RunningEdge, startEdge, topology } from '../testing/start-edge.ts';
import { TinyControl } from '../testing/tiny-control.ts';

const inDublin = { 'x-client-location': 'Dublin' };
/** Health is not what this is about, and a loaded machine must not look like a sick region. */
const CALM = {
  probe: { intervalMs: 60_000, timeoutMs: 5_000 },
  proxy: { firstTryTimeoutMs: 3_000, upstreamTimeoutMs: 3_000, stickySessions: false, newerTableMs: 300 },
};
const first = firstRoutingTable(regionIds(topology));

describe('an edge that goes by a routing table', () => {
  let control: TinyControl;
  let running: RunningEdge;
  beforeEach(async () => {
    control = new TinyControl(first);
    await control.start();
    running = await startEdge(CALM, [control.address]);
  });
  afterEach(async () => {
    await running.stop();
    await control.stop();
  });

  const decide = async (...commands: RegionCommand[]) => {
    for (const command of commands) control.decide(command);
    await eventually(async () => expect((await running.status()).table.epoch).toBe(control.table.epoch), {
      withinMs: 2_000,
      everyMs: 5,
    });
  };
  const read = () => running.ask('/orders/1', { headers: inDublin });
  const write = () => running.ask('/orders', { method: 'POST', headers: inDublin, body: '{}' });

  it('tells the region under which epoch it was asked', async () => {
    await read();
    await decide({ kind: 'set-weight', region: 'us-east', weight: 0.5 });
    await read();
    expect(running.eu.seen.map(({ headers }) => headers['x-meridian-epoch'])).toEqual(['0', '1']);
  });

  it('sends nothing new to a region that drains, which finishes what it has', async () => {
    let finish = () => {};
    running.eu.behaviour = (_, response) => {
      finish = () => response.writeHead(200).end('finished');
    };
    const accepted = write();
    await eventually(() => expect(running.eu.seen.length).toBe(1), { withinMs: 1_000 });
    await decide({ kind: 'drain', region: 'eu-west' });
    expect((await write()).headers['x-meridian-region']).toBe('us-east');
    expect((await read()).headers['x-meridian-region']).toBe('us-east');
    finish();
    expect(await accepted).toMatchObject({ status: 200, text: 'finished' });
    expect(running.eu.seen.length).toBe(1);
  });

  it('writes at the primary and reads nearby', async () => {
    await decide({ kind: 'set-mode', mode: { kind: 'active-passive', primary: 'ap-southeast' } });
    expect((await write()).headers['x-meridian-region']).toBe('ap-southeast');
    expect((await read()).headers['x-meridian-region']).toBe('eu-west');
    const status = await running.status();
    expect(status.table).toMatchObject({ mode: 'active-passive', primary: 'ap-southeast' });
    expect(status.table.controls).toEqual([{ region: 'us-east', reachable: true, why: null, epoch: 1 }]);
  });

  it('does not take a write to anyone else when the primary is gone', async () => {
    await decide({ kind: 'set-mode', mode: { kind: 'active-passive', primary: 'ap-southeast' } });
    await running.ap.stop();
    const key = { 'idempotency-key': 'k-1' };
    const refused = await running.ask('/orders', { method: 'POST', headers: { ...inDublin, ...key }, body: '{}' });
    expect(refused.json).toMatchObject({ status: 503, type: 'urn:meridian:problem:region-unavailable' });
    expect([...running.eu.seen, ...running.us.seen]).toEqual([]);
  });

  it('goes on by what it knows while the control is gone', async () => {
    await decide({ kind: 'drain', region: 'eu-west' });
    await control.stop();
    await eventually(async () => expect((await running.status()).table.controls[0]?.reachable).toBe(false), {
      withinMs: 2_000,
    });
    expect((await read()).headers['x-meridian-region']).toBe('us-east');
  });

  it('routes by weights, the same key the same way, and says so in its status', async () => {
    await decide({ kind: 'set-weight', region: 'eu-west', weight: 0.5 });
    const regionOf = async (key: string) =>
      (await running.ask('/orders', { method: 'POST', headers: { ...inDublin, 'idempotency-key': key }, body: '{}' }))
        .headers['x-meridian-region'];
    const keys = Array.from({ length: 200 }, (_, i) => `key-${i}`);
    const once = await Promise.all(keys.map(regionOf));
    expect(await Promise.all(keys.map(regionOf))).toEqual(once);
    const stayed = once.filter((region) => region === 'eu-west').length;
    expect(stayed).toBeGreaterThan(70);
    expect(stayed).toBeLessThan(130);
    const eu = (await running.status()).regions[1];
    expect(eu?.services[0]).toMatchObject({ share: 0.5, shareBy: 'weight' });
  });

  describe('follow-the-sun', () => {
    const follow = (startsAt: string, speed: number) =>
      decide({
        kind: 'set-mode',
        mode: {
          kind: 'follow-the-sun',
          primary: 'us-east',
          clock: { realStartMs: Date.now(), startsAtMs: Date.parse(startsAt), speed },
        },
      });
    const euShare = async () => (await running.status()).regions[1]?.services[0];

    it('takes reads to where it is day, and writes to the primary', async () => {
      await follow('2026-01-15T20:00:00Z', 1);
      expect(await euShare()).toMatchObject({ share: 0.05, shareBy: 'follow-the-sun' });
      const regions: unknown[] = [];
      for (let i = 0; i < 40; i++) regions.push((await read()).headers['x-meridian-region']);
      expect(regions.filter((region) => region === 'us-east').length).toBeGreaterThan(30);
      expect((await write()).headers['x-meridian-region']).toBe('us-east');
    });

    it('goes on with the day by the clock of the table', async () => {
      // A day in three seconds.
      await follow('2026-01-15T20:00:00Z', 28_800);
      const day = { withinMs: 6_000, everyMs: 20 };
      await eventually(async () => expect((await euShare())?.share).toBe(1), day);
      await eventually(async () => expect((await euShare())?.share).toBe(0.05), day);
    });
  });

  describe('when a region knows of a newer epoch', () => {
    /** As a service does: nothing is done for an old epoch. */
    const fence = (epoch: number) => {
      running.eu.behaviour = (request, response) => {
        const isOld = Number(request.headers['x-meridian-epoch']) < epoch;
        response.writeHead(isOld ? 409 : 200, isOld ? { 'x-meridian-epoch': String(epoch) } : {}).end('{}');
      };
    };

    it('gets the table, decides anew, and repeats even what may not be done twice', async () => {
      fence(1);
      const waiting = write();
      await eventually(() => expect(running.eu.seen.length).toBe(1), { withinMs: 1_000 });
      control.decide({ kind: 'drain', region: 'eu-west' });
      const answer = await waiting;
      expect(answer).toMatchObject({ status: 200, json: { region: 'us-east' } });
      expect(answer.headers).toMatchObject({ 'x-meridian-retries': '1' });
    });

    it('asks to come again when the table cannot be had in time', async () => {
      fence(9);
      const answer = await write();
      expect(answer.json).toMatchObject({ status: 503, type: 'urn:meridian:problem:region-unavailable' });
      expect(answer.json.detail).toContain('epoch 9');
      expect(answer.headers['retry-after']).toBe('1');
    });

    it('goes round once, and not for ever', async () => {
      let newest = 0;
      running.eu.behaviour = (_, response) => {
        newest++;
        control.decide({ kind: 'set-weight', region: 'us-east', weight: newest % 2 === 1 ? 0.5 : 1 });
        response.writeHead(409, { 'x-meridian-epoch': String(newest) }).end();
      };
      expect((await write()).status).toBe(503);
      expect(running.eu.seen.length).toBe(2);
    });

    it('lets any other conflict through', async () => {
      running.eu.behaviour = { status: 409 };
      expect((await write()).status).toBe(409);
      running.eu.behaviour = (_, response) => response.writeHead(409, { 'x-meridian-epoch': '0' }).end();
      const same = await write();
      expect(same.status).toBe(409);
      expect(same.headers).not.toHaveProperty('x-meridian-epoch');
    });
  });
});

it('is not ready before every control was asked', async () => {
  const control = new TinyControl({ ...first, epoch: 3 });
  await control.start();
  const running = await startEdge({}, [control.address, { region: 'eu-west', url: 'http://127.0.0.1:9' }]);
  // `startEdge` waits for readiness: one control that answers and one that refuses were asked by then.
  expect((await running.status()).table).toMatchObject({ epoch: 3 });
  await running.stop();
  await control.stop();
});
