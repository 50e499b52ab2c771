import type { Pool } from 'pg';

/** In one statement; much shorter than anybody waits for one. */
const AT_A_TIME = 20_000n;
/** Minutes of it. */
const MOST = 50_000_000n;

/**
 * Uses up transaction numbers until the next one is not below `horizon`; says how many. For a server whose disk is new: it
 * counts from the beginning, and other regions, which were promised that everything below `horizon` is there, would take
 * a client's new write for one that they have applied. The numbers are those of the whole server.
 *
 * Used up, and not moved by `pg_resetwal -e`, which is at once but needs the files of a stopped server; throws, naming
 * it, when there are too many. Limits: 50,000 numbers took 0.1 s; the test prints it anew.
 */
export async function advanceTransactions(pool: Pool, horizon: string): Promise<number> {
  const beyond = BigInt(horizon);
  const client = await pool.connect();
  try {
    const first = await nextNumber(client);
    if (beyond - first > MOST)
      throw new Error(
        `transaction numbers must go on from ${horizon} and are at ${first}: stop this PostgreSQL, run pg_resetwal -e ${(beyond >> 32n) + 1n} on its data, and start it`,
      );
    // Nothing is written by these transactions, so that nothing is lost by not waiting for the disk.
    await client.query('SET synchronous_commit = off');
    for (let next = first; next < beyond; next = await nextNumber(client)) {
      const upTo = next + AT_A_TIME < beyond ? next + AT_A_TIME : beyond;
      await client.query(`DO $$ BEGIN WHILE pg_current_xact_id() < '${upTo - 1n}'::xid8 LOOP COMMIT; END LOOP; END $$`);
    }
    return beyond > first ? Number(beyond - first) : 0;
  } finally {
    await client.query('RESET synchronous_commit').catch(() => undefined);
    client.release();
  }
}

async function nextNumber(client: { query(text: string): Promise<{ rows: { next: string }[] }> }): Promise<bigint> {
  const { rows } = await client.query('SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next');
  return BigInt(rows[0]?.next ?? '0');
}
