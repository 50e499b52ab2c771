/**
 * `npm run bench:fence -w @meridian/catalog`: what the check inside the commit costs, on a real PostgreSQL. The same statement,
 * a changed row and its outbox row, in two databases, one of them without the fence's triggers, in turn and in short
 * rounds, so that whatever else the machine does falls on both. What is compared is the median of the ratios of rounds.
 * CLIENTS, SECONDS (of a round) and ROUNDS can be set. It runs what was built.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EPOCH_DDL } from '@meridian/fencing';
import { appendToOutboxSql, OUTBOX_DDL, OUTBOX_DEPS_DDL, OUTBOX_WRITTEN_FOR_DDL } from '@meridian/outbox';
import { postgresUrl, startPostgres } from '@meridian/postgres';
import { createTestDatabase, freePort } from '@meridian/testing';
import { median } from './stage.mjs';

const CLIENTS = Number(process.env.CLIENTS ?? 4);
const SECONDS = Number(process.env.SECONDS ?? 1);
const ROUNDS = Number(process.env.ROUNDS ?? 30);

const directory = await mkdtemp(path.join(tmpdir(), 'meridian-fencing-'));
// mkdtemp makes it private; PostgreSQL may have to run as another user than root.
await chmod(directory, 0o755);
const port = await freePort();
const postgres = await startPostgres({
  ...{ name: 'postgres', dataDir: path.join(directory, 'postgres'), port, databases: [] },
  logFile: path.join(directory, 'postgres.log'),
});

const ddl = `${OUTBOX_DDL}${OUTBOX_DEPS_DDL}${OUTBOX_WRITTEN_FOR_DDL}${EPOCH_DDL}
  CREATE TABLE thing (id int PRIMARY KEY, changes int NOT NULL);
  INSERT INTO thing SELECT generate_series(1, 1000), 0;`;
const unfenced = 'ALTER TABLE outbox DISABLE TRIGGER outbox_fence_client, DISABLE TRIGGER outbox_fence_peer;';
const statement = {
  name: 'write',
  text: `WITH written AS (UPDATE thing SET changes = changes + 1 WHERE id = $1 RETURNING id),
         told AS (SELECT $2::jsonb AS events FROM written) ${appendToOutboxSql({ rows: 'told.events', from: 'told' })}`,
};
const events = JSON.stringify([
  { topic: 'things', key: 'k', type: 'changed', hlc: '0', value: { text: 'x'.repeat(500) } },
]);

/** Commits per second within the time. */
async function writeFor({ pool }, seconds) {
  const until = performance.now() + seconds * 1_000;
  let commits = 0;
  const client = async () => {
    while (performance.now() < until) {
      await pool.query({ ...statement, values: [1 + Math.floor(Math.random() * 1_000), events] });
      commits += 1;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  await pool.query('TRUNCATE outbox');
  return commits / seconds;
}

try {
  const url = postgresUrl(port, 'postgres');
  const databases = {
    fenced: await createTestDatabase(url, ddl),
    unfenced: await createTestDatabase(url, ddl + unfenced),
  };
  for (const database of Object.values(databases)) await writeFor(database, 2);
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1)
    rounds.push({
      fenced: await writeFor(databases.fenced, SECONDS),
      unfenced: await writeFor(databases.unfenced, SECONDS),
    });
  const of = (name) => median(rounds.map((round) => round[name]));
  const ratio = median(rounds.map(({ fenced, unfenced }) => fenced / unfenced)).toFixed(3);
  const addedMs = CLIENTS * 1_000 * (1 / of('fenced') - 1 / of('unfenced'));
  console.log(
    `${CLIENTS} clients: fenced ${of('fenced').toFixed(0)}/s, unfenced ${of('unfenced').toFixed(0)}/s; fenced ÷ unfenced × ${ratio}, ${addedMs.toFixed(3)} ms per commit`,
  );
  await Promise.all(Object.values(databases).map((database) => database.drop()));
} finally {
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
}
