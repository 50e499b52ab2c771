import { eventually } from '@meridian/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Health } from './health.ts';
import { createTinyService, slow } from './tiny-service.fixture.ts';

/** Long enough to ask something meanwhile, also on a busy machine. */
const DRAIN_NOTICE_MS = 1_000;
let tiny: Awaited<ReturnType<typeof createTinyService>>;
let health: Health;
beforeEach(async () => {
  tiny = await createTinyService({ drainNoticeMs: DRAIN_NOTICE_MS });
  health = tiny.app.get(Health);
});
afterEach(async () => {
  slow.release();
  await tiny.close();
});

const get = async (url: string) => {
  const answer = await tiny.app.inject({ method: 'GET', url });
  return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
};

describe('readiness', () => {
  it('is given when nothing is waited for', async () => {
    health.register({ name: 'database', waitingFor: () => undefined });
    expect(await get('/health/ready')).toMatchObject({ status: 200, body: { status: 'ready' } });
  });

  it('is refused with everything that is waited for, and when to ask again', async () => {
    health.register({ name: 'kafka', waitingFor: () => 'no broker answers' });
    health.register({ name: 'clock', waitingFor: () => undefined });
    health.register({
      name: 'database',
      waitingFor: async () => {
        throw new Error('connection refused');
      },
    });
    const { status, headers, body } = await get('/health/ready');
    expect([status, headers['retry-after']]).toEqual([503, '1']);
    expect(body.detail).toBe('Waiting for kafka (no broker answers), database (connection refused).');
  });

  it('is refused within about a second when what is asked hangs', async () => {
    health.register({ name: 'database', waitingFor: () => new Promise(() => undefined) });
    const startedMs = performance.now();
    expect((await get('/health/ready')).body.detail).toBe('Waiting for database (no answer).');
    expect(performance.now() - startedMs).toBeLessThan(1_500);
  });

  it('has nothing to do with being alive', async () => {
    health.register({ name: 'database', waitingFor: () => 'away' });
    expect(await get('/health/live')).toMatchObject({ status: 200, body: { status: 'live' } });
  });
});

describe('a service that is asked to stop', () => {
  it('says so first, lets what was accepted finish, and then is gone', async () => {
    await tiny.app.listen(0, '127.0.0.1');
    const { url } = tiny;
    const accepted = fetch(`${url}/slow`);
    await slow.arrived();

    const startedMs = performance.now();
    const closed = tiny.close();
    const notice = await fetch(`${url}/health/ready`);
    expect([notice.status, notice.headers.get('connection')]).toEqual([503, 'close']);
    expect(((await notice.json()) as { detail: string }).detail).toContain('draining');
    expect((await fetch(`${url}/health/live`)).status).toBe(200);

    // What comes now is turned away; what came before is not given up.
    const refused = () => expect(fetch(`${url}/health/live`)).rejects.toThrow('fetch failed');
    await eventually(refused, { withinMs: 5_000 });
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(DRAIN_NOTICE_MS - 5);
    slow.release();
    const answer = await accepted;
    expect([answer.status, await answer.json()]).toEqual([200, { done: true }]);
    await closed;
  }, 10_000);

  it('stops once, however often it is asked', async () => {
    const [one, another] = [tiny.close(), tiny.close()];
    expect(one).toBe(another);
    await one;
  });
});
