import pg from 'pg';

/**
 * A pool that outlives its connections. One that the server closes while idle is replaced when next needed; the error
 * says no more. Nor does that of one in use, whose statements fail as well; but without a listener of its own it would
 * end the process.
 */
export function openPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool(config);
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
