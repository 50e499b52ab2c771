import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningEdge, startEdge } from '../testing/start-edge.ts';

const description = {
  openapi: '3.1.0',
  info: { title: 'a service', version: '1' },
  paths: { '/orders': { post: {} }, '/digest': { get: {} } },
};

describe('the documentation at the edge', () => {
  let running: RunningEdge;
  beforeAll(async () => {
    running = await startEdge();
  });
  afterAll(() => running.stop());

  it('says so when no region can describe its services', async () => {
    for (const region of [running.us, running.eu, running.ap]) region.behaviour = { status: 404 };
    const answer = await running.ask('/openapi.json');
    expect(answer.json).toMatchObject({ status: 503, type: 'urn:meridian:problem:region-unavailable' });
  });

  it('is one description of all services, from the nearest region that has it', async () => {
    running = await startEdge();
    running.us.behaviour = { status: 503 };
    running.eu.behaviour = (_request: IncomingMessage, response: ServerResponse) => {
      response.end(JSON.stringify(description));
    };
    const answer = await running.ask('/openapi.json');
    expect(answer.status).toBe(200);
    expect(answer.json.paths).toEqual({ '/orders': { post: {} } });
    const asked = running.eu.seen.length;
    await running.ask('/openapi.json');
    expect(running.eu.seen.length).toBe(asked);
  });

  it('is a page that loads everything from the edge itself', async () => {
    expect((await running.ask('/docs')).headers.location).toBe('/docs/');
    const page = await running.ask('/docs/');
    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toContain('text/html');
    expect([...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url)).toEqual(['js/scalar.js']);
    expect(page.text).not.toMatch(/https?:\/\//);
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
    const script = await running.ask('/docs/js/scalar.js');
    expect(script.status).toBe(200);
    expect(script.text.length).toBeGreaterThan(1_000_000);
  });
});
