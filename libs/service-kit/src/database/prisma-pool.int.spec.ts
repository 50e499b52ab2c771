import { eventually } from '@meridian/testing';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createPrismaPool } from './prisma-pool.ts';

let pool: ReturnType<typeof createPrismaPool>['pool'];
beforeAll(() => {
  ({ pool } = createPrismaPool(inject('postgresUrl'), 'prisma-pool-test'));
});
afterAll(() => pool.end());

const pidOf = async (client: Pick<typeof pool, 'query'>) =>
  (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid as number;

/** As a server does that is shut down. What is then thrown where nobody catches it fails the run, as it would end a service. */
async function end(pid: number): Promise<void> {
  await pool.query('SELECT pg_terminate_backend($1)', [pid]);
  await eventually(
    async () => expect((await pool.query('SELECT FROM pg_stat_activity WHERE pid = $1', [pid])).rowCount).toBe(0),
    { withinMs: 5_000 },
  );
}

it('a connection that the server ends between two statements of its user ends no process, and is replaced', async () => {
  const client = await pool.connect();
  await end(await pidOf(client));
  await expect(client.query('SELECT 1')).rejects.toThrow();
  client.release(true);
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});

it('nor does one that nobody uses', async () => {
  const [idle, other] = [await pool.connect(), await pool.connect()];
  const pid = await pidOf(idle);
  idle.release();
  other.release();
  await end(pid);
  await eventually(async () => expect(await pidOf(pool)).not.toBe(pid), { withinMs: 5_000 });
});
