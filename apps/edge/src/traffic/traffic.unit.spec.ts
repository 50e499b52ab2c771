import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { encodeToken } from '@meridian/consistency';
import { firstRoutingTable, regionIds } from '@meridian/regions';
import { eventually } from '@meridian/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { type Answer, type RunningEdge, startEdge, topology } from '../testing/start-edge.ts';
import { TinyControl } from '../testing/tiny-control.ts';

const inDublin = { 'x-client-location': 'Dublin' };
/** Health is not what this is about, and a loaded machine must not look like a sick region. */
const CALM = { probe: { intervalMs: 60_000, timeoutMs: 5_000 } };
const proxy = { firstTryTimeoutMs: 2_000, upstreamTimeoutMs: 3_000, stickySessions: false, newerTableMs: 300 };
const SOON = { withinMs: 2_000, everyMs: 5 };

let running: RunningEdge;
afterEach(() => running.stop());

const regionOf = ({ headers }: Answer) => headers['x-meridian-region'];
const read = (headers = {}) => running.ask('/orders/1', { headers: { ...inDublin, ...headers } });
const write = (headers = {}) =>
  running.ask('/orders', { method: 'POST', headers: { ...inDublin, ...headers }, body: '{}' });
const reads = async (count: number) => {
  const answers: Answer[] = [];
  for (let i = 0; i < count; i++) answers.push(await read());
  return answers;
};
const orderIn = async (region: string) =>
  (await running.status()).regions.find((r) => r.region === region)?.services.find((s) => s.service === 'order');

describe('outlier ejection', () => {
  const outlier = { failureRatio: 0.5, minRequests: 10, baseMs: 400, longestMs: 2_000, largestPart: 0.5 };

  it('puts a region out whose probes pass and whose answers are errors, and takes it back by itself', async () => {
    running = await startEdge({ ...CALM, outlier });
    running.eu.behaviour = { status: 500 };
    expect((await reads(10)).map(({ status }) => status)).toEqual(Array(10).fill(500));
    expect(regionOf(await read())).toBe('us-east');
    expect(await orderIn('eu-west')).toMatchObject({
      healthy: false,
      why: '100 % of its answers were errors',
      ejections: 1,
    });
    running.eu.behaviour = 'serve';
    await eventually(async () => expect(regionOf(await read())).toBe('eu-west'), SOON);
    expect(await orderIn('eu-west')).toMatchObject({ healthy: true, why: null, ejectedForMs: null });
  });

  it('leaves the other services of the region in use', async () => {
    running = await startEdge({ ...CALM, outlier });
    running.eu.behaviour = { status: 500 };
    await reads(10);
    running.eu.behaviour = 'serve';
    expect(regionOf(await running.ask('/users/1', { headers: inDublin }))).toBe('eu-west');
  });

  it('puts out one region and not two: when all fail, the fault is in none', async () => {
    running = await startEdge({ ...CALM, outlier: { ...outlier, baseMs: 60_000 } });
    for (const region of [running.us, running.eu, running.ap]) region.behaviour = { status: 500 };
    await reads(40);
    const ejected = await Promise.all(['eu-west', 'us-east', 'ap-southeast'].map(orderIn));
    expect(ejected.map((service) => service?.ejections)).toEqual([1, 0, 0]);
  });

  it('does not hold a refusal against a region that says when to come back', async () => {
    running = await startEdge({ ...CALM, outlier, retry: { ratio: 0, floorPerSecond: 0 } });
    running.eu.behaviour = (_, response) => response.writeHead(503, { 'retry-after': '1' }).end();
    await reads(20);
    expect(await orderIn('eu-west')).toMatchObject({ healthy: true, ejections: 0 });
  });
});

describe('slow start', () => {
  it('gives a region that was away for a moment nearly all of its share at once', async () => {
    running = await startEdge({ slowStart: { rampMs: 600_000 } });
    expect(await orderIn('eu-west')).toMatchObject({ share: 1, shareBy: null });
    await running.eu.stop();
    await running.seesHealthy(running.eu, false);
    await running.eu.start();
    await running.seesHealthy(running.eu, true);
    const returned = await orderIn('eu-west');
    expect(returned?.shareBy).toBe('slow-start');
    // Of a ramp of 10 min it was away for a second or a few.
    expect(returned?.share).toBeGreaterThan(0.9);
  });

  it('gives a region that the table lets serve again less than all, and most to the next nearest', async () => {
    const control = new TinyControl(firstRoutingTable(regionIds(topology)));
    control.decide({ kind: 'drain', region: 'eu-west' });
    await control.start();
    running = await startEdge({ ...CALM, slowStart: { rampMs: 600_000 } }, [control.address]);
    control.decide({ kind: 'activate', region: 'eu-west' });
    await eventually(async () => expect((await running.status()).table.epoch).toBe(2), SOON);
    const regions = (
      await Promise.all(Array.from({ length: 100 }, (_, i) => write({ 'idempotency-key': `${i}` })))
    ).map(regionOf);
    expect(regions.filter((region) => region === 'eu-west').length).toBeLessThan(30);
    expect(regions.filter((region) => region === 'eu-west').length).toBeGreaterThan(0);
    expect(regions).not.toContain('ap-southeast');
    await control.stop();
  });
});

describe('load shedding', () => {
  const hang = () => {
    for (const region of [running.us, running.eu, running.ap]) region.behaviour = 'hang';
  };
  const inFlight = (expected: number) =>
    eventually(async () => expect((await running.status()).inFlight).toBe(expected), SOON);

  it('turns reads away before writes, and says when to come back', async () => {
    const load = { maxInFlight: 10, readsPart: 0.8, maxInFlightPerUpstream: 100, slowMs: 60_000 };
    running = await startEdge({ ...CALM, load, proxy });
    hang();
    const held = Promise.allSettled(Array.from({ length: 8 }, () => write()));
    await inFlight(8);
    const refused = await read();
    expect(refused.json).toMatchObject({ status: 503, type: 'urn:meridian:problem:overloaded' });
    expect(refused.headers['retry-after']).toBe('1');
    const more = Promise.allSettled([write(), write()]);
    await inFlight(10);
    expect((await write()).status).toBe(503);
    expect((await running.status()).shed).toEqual({ reads: 1, writes: 1 });
    await running.edge.stop();
    await Promise.all([held, more]);
  });

  it('takes what is too much for a region to the next one, and turns away what is too much for all', async () => {
    const load = { maxInFlight: 100, readsPart: 0.8, maxInFlightPerUpstream: 2, slowMs: 60_000 };
    running = await startEdge({ ...CALM, load, proxy });
    hang();
    const held = Promise.allSettled(Array.from({ length: 6 }, () => write()));
    await inFlight(6);
    const seen = () => [running.eu, running.us, running.ap].map((region) => region.seen.length);
    await eventually(() => expect(seen()).toEqual([2, 2, 2]), SOON);
    expect((await write()).json).toMatchObject({ type: 'urn:meridian:problem:overloaded' });
    expect((await orderIn('eu-west'))?.inFlight).toBe(2);
    await running.edge.stop();
    await held;
  });

  it('lets fewer in while a region answers late, and says how many', async () => {
    const load = { maxInFlight: 1_000, readsPart: 1, maxInFlightPerUpstream: 100, slowMs: 20 };
    running = await startEdge({
      ...CALM,
      load,
      proxy,
      upstream: { connections: 100, connectTimeoutMs: 200, silenceMs: 1_000 },
    });
    const held: ServerResponse[] = [];
    running.eu.behaviour = (_, response) => held.push(response);
    expect((await orderIn('eu-west'))?.mostInFlight).toBe(100);
    const late = Array.from({ length: 40 }, () => write());
    await eventually(() => expect(held).toHaveLength(40), SOON);
    await pause(300); // later than `slowMs`, and for longer than a window of the limit
    for (const response of held) response.writeHead(200).end();
    await Promise.all(late);
    const most = (await orderIn('eu-west'))?.mostInFlight as number;
    expect(most).toBeLessThanOrEqual(32);
    const next = Array.from({ length: 40 }, () => write());
    await eventually(() => expect(running.us.seen.length).toBe(40 - most), SOON);
    for (const response of held.slice(40)) response.writeHead(200).end();
    await Promise.all(next);
  });

  it('has room again when answers are over, however they ended', async () => {
    running = await startEdge({ ...CALM, proxy });
    await read();
    running.eu.behaviour = (request) => request.socket.destroy();
    await read();
    running.eu.behaviour = { status: 503 };
    await read();
    running.eu.behaviour = (request, response) => {
      response.writeHead(200).write('half');
      setTimeout(() => request.socket.destroy(), 10);
    };
    await expect(read()).rejects.toThrow();
    running.eu.behaviour = 'hang';
    const gone = fetch(`http://127.0.0.1:${running.port}/orders/1`, {
      headers: inDublin,
      signal: AbortSignal.timeout(50),
    });
    await expect(gone).rejects.toThrow();
    await inFlight(0);
    for (const region of ['eu-west', 'us-east']) expect((await orderIn(region))?.inFlight).toBe(0);
  });
});

describe('sticky sessions', () => {
  const token = encodeToken({ 'order/ap-southeast': '7' });

  it('stay where the token has been, while they can be served there', async () => {
    running = await startEdge({ ...CALM, proxy: { ...proxy, stickySessions: true } });
    expect(regionOf(await read({ 'x-meridian-token': token }))).toBe('ap-southeast');
    expect(regionOf(await read({ 'x-meridian-token': 'rubbish' }))).toBe('eu-west');
    await running.ap.stop();
    const away = await read({ 'x-meridian-token': token });
    expect([away.status, regionOf(away)]).toEqual([200, 'eu-west']);
  });

  it('are off unless asked for: a service can wait for what a session has seen', async () => {
    running = await startEdge(CALM);
    expect(regionOf(await read({ 'x-meridian-token': token }))).toBe('eu-west');
  });
});

describe('hedging', () => {
  const hedged = { ...CALM, proxy: { ...proxy, hedgeReadsAfterMs: 60 } };

  it('asks a second region for a read that is slow, and takes the first answer', async () => {
    running = await startEdge(hedged);
    running.eu.behaviour = 'hang';
    const startedMs = performance.now();
    const answer = await read();
    expect(answer.headers).toMatchObject({ 'x-meridian-region': 'us-east', 'x-meridian-retries': '1' });
    expect(performance.now() - startedMs).toBeLessThan(1_500);
    expect((await running.status()).hedges).toEqual({ sent: 1, won: 1 });
    expect((await orderIn('eu-west'))?.inFlight).toBe(0);
  });

  it('takes the answer of the first region when that comes first', async () => {
    running = await startEdge(hedged);
    running.us.behaviour = 'hang';
    running.eu.behaviour = (_, response) => setTimeout(() => response.writeHead(200).end('slow'), 150);
    expect(await read()).toMatchObject({ status: 200, text: 'slow' });
    expect((await running.status()).hedges).toEqual({ sent: 1, won: 0 });
    await eventually(async () => expect((await orderIn('us-east'))?.inFlight).toBe(0), SOON);
  });

  it('waits for the other one when one of the two fails', async () => {
    running = await startEdge(hedged);
    running.eu.behaviour = (request) => setTimeout(() => request.socket.destroy(), 100);
    running.us.behaviour = (_, response) => setTimeout(() => response.writeHead(200).end('late'), 200);
    expect(await read()).toMatchObject({ status: 200, text: 'late' });
    expect(running.ap.seen).toEqual([]);
  });

  it('says what is known when both fail', async () => {
    running = await startEdge(hedged);
    for (const region of [running.us, running.eu])
      region.behaviour = (request) => setTimeout(() => request.socket.destroy(), 100);
    expect((await read()).json).toMatchObject({ status: 503, type: 'urn:meridian:problem:region-unavailable' });
    expect(running.ap.seen).toEqual([]);
  });

  it('does not ask twice for what is quick, for a write, nor without it being asked for', async () => {
    running = await startEdge(hedged);
    await read();
    running.eu.behaviour = (_, response) => setTimeout(() => response.writeHead(200).end(), 150);
    await write({ 'idempotency-key': 'k-1' });
    expect((await running.status()).hedges.sent).toBe(0);
    await running.stop();

    running = await startEdge({ ...CALM, proxy });
    running.eu.behaviour = (_, response) => setTimeout(() => response.writeHead(200).end(), 150);
    await read();
    expect(running.us.seen).toEqual([]);
  });
});

describe('after a heal', () => {
  const PER_TICK = 5;
  const TICK_MS = 20;
  const TICKS = 50;
  const OFFERED = PER_TICK * TICKS;
  /** A second may use up what the budget has saved in ten, one repeat for each request; the whole keeps to a fifth more. */
  const IN_A_SECOND = 2 * OFFERED;
  const IN_ALL = 3 * OFFERED * 1.2 + 10;

  it.each(['hang', { status: 503 }] as const)(
    'no storm of repeats reaches the regions that were away: %j',
    async (fault) => {
      running = await startEdge({
        ...CALM,
        proxy: { ...proxy, firstTryTimeoutMs: 500, upstreamTimeoutMs: 1_000 },
        retry: { ratio: 0.2, floorPerSecond: 1 },
      });
      const all = [running.us, running.eu, running.ap];
      const arrived = () => all.reduce((sum, { seen }) => sum + seen.length, 0);
      const sent: Promise<unknown>[] = [];
      /** A second of steady load, whatever comes back; how many requests reached all regions in it. */
      const load = async () => {
        const before = arrived();
        for (let tick = 0; tick < TICKS; tick++) {
          for (let i = 0; i < PER_TICK; i++) sent.push(read());
          await new Promise((resolve) => setTimeout(resolve, TICK_MS));
        }
        return arrived() - before;
      };
      await load();
      for (const region of all) region.behaviour = fault;
      expect(await load()).toBeLessThanOrEqual(IN_A_SECOND);
      for (const region of all) region.behaviour = 'serve';
      expect(await load()).toBeLessThanOrEqual(IN_A_SECOND);
      await Promise.all(sent);
      expect(arrived()).toBeLessThanOrEqual(IN_ALL);
      expect((await running.status()).retries.refused).toBeGreaterThan(0);
    },
    30_000,
  );
});
