import { seededRandom } from '@meridian/testing';
import pg from 'pg';
import type { OutboxContestant } from './contestants.ts';

const WRITERS = 8;
const LONGEST_MS = 200;

/**
 * Commits `rows` rows by eight writers at once, in transactions of 1 to 30 rows that stay open for 0 to 200 ms between
 * their inserts, as those of people do: what is numbered first is then often committed last. Returns the numbers of the
 * rows that are committed.
 */
export async function writeSlowly(
  { append }: Pick<OutboxContestant, 'append'>,
  databaseUrl: string,
  rows: number,
  seed: number,
): Promise<Set<number>> {
  const committed = new Set<number>();
  let next = 1;
  const write = async (writer: number) => {
    const random = seededRandom(seed * WRITERS + writer);
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    while (next <= rows) {
      const [first, count] = [next, Math.min(1 + Math.floor(random() * 30), rows - next + 1)];
      next += count;
      const before = Math.ceil(count / 2);
      await client.query('BEGIN');
      await append(client, first, before);
      await client.query('SELECT pg_sleep($1)', [(random() < 0.65 ? random() * 5 : random() * LONGEST_MS) / 1_000]);
      if (count > before) await append(client, first + before, count - before);
      await client.query('COMMIT');
      for (let n = first; n < first + count; n += 1) committed.add(n);
    }
    await client.end();
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
  return committed;
}
