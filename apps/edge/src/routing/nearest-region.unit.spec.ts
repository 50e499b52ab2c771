import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningEdge, startEdge } from '../testing/start-edge.ts';

describe('where the edge sends a request', () => {
  let running: RunningEdge;
  beforeAll(async () => {
    running = await startEdge();
  });
  afterAll(() => running.stop());

  it.each([
    ['Lagos', 'eu-west'],
    ['Sydney', 'ap-southeast'],
    ['BR', 'us-east'],
    ['35.68,139.69', 'ap-southeast'],
  ])('sends a client in %s to %s', async (location, region) => {
    const answer = await running.ask('/orders/1?a=b', { headers: { 'x-client-location': location } });
    expect(answer.headers['x-meridian-region']).toBe(region);
    expect(answer.json.region).toBe(region);
    expect(answer.headers).not.toHaveProperty('x-meridian-retries');
  });

  it('takes a client that does not say for one near the first region', async () => {
    expect((await running.ask('/users')).headers['x-meridian-region']).toBe('us-east');
  });

  it('refuses a location that it does not know, and asks no region', async () => {
    running.us.seen.length = 0;
    const answer = await running.ask('/orders?secret=1', { headers: { 'x-client-location': 'Atlantis' } });
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json).toMatchObject({ type: 'urn:meridian:problem:malformed-request', instance: '/orders' });
    expect(answer.json.detail).toContain('x-client-location');
    expect(running.us.seen).toEqual([]);
  });

  it('leaves out a region whose service is not ready, and takes it back', async () => {
    running.eu.ready = false;
    await running.seesHealthy(running.eu, false);
    const away = await running.ask('/orders', { headers: { 'x-client-location': 'Dublin' } });
    expect(away.headers['x-meridian-region']).toBe('us-east');
    const status = await running.status();
    expect(status.regions[1]?.why).toContain('order: answers 503: waiting for the database');

    running.eu.ready = true;
    await running.seesHealthy(running.eu, true);
    const back = await running.ask('/orders', { headers: { 'x-client-location': 'Dublin' } });
    expect(back.headers['x-meridian-region']).toBe('eu-west');
  });

  it('tries the nearest all the same when no region is reported ready', async () => {
    const { us, eu, ap } = running;
    for (const region of [us, eu, ap]) region.ready = false;
    for (const region of [us, eu, ap]) await running.seesHealthy(region, false);
    const answer = await running.ask('/orders', { headers: { 'x-client-location': 'Dublin' } });
    expect(answer).toMatchObject({ status: 200, json: { region: 'eu-west' } });
    for (const region of [us, eu, ap]) region.ready = true;
    for (const region of [us, eu, ap]) await running.seesHealthy(region, true);
  });
});
