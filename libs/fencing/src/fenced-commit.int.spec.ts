import { OUTBOX_DDL, OUTBOX_DEPS_DDL, OUTBOX_WRITTEN_FOR_DDL, type WrittenFor } from '@meridian/outbox';
import { firstRoutingTable, type Mode, type RegionState, type RoutingTable } from '@meridian/regions';
import { createTestDatabase, eventually, type TestDatabase } from '@meridian/testing';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { EPOCH_DDL, EPOCH_LOCK, FENCED_SQLSTATE } from './epoch-ddl.ts';
import { EpochStore } from './epoch-store.ts';
import { Epochs } from './epochs.ts';

const REGION = 'eu-west';
const REGIONS = ['us-east', 'eu-west', 'ap-southeast'];
const PRIMARY_HERE: Mode = { kind: 'active-passive', primary: REGION };
const ROW = 'CREATE TABLE thing (name text PRIMARY KEY, changes int NOT NULL);';

let database: TestDatabase;
let epochs: Epochs;
const open = () => {
  const store = new EpochStore(database.pool, REGION);
  return Epochs.open({ store, region: REGION, regions: REGIONS, hasControl: true });
};

beforeAll(async () => {
  const ddl = OUTBOX_DDL + OUTBOX_DEPS_DDL + OUTBOX_WRITTEN_FOR_DDL + EPOCH_DDL + ROW;
  database = await createTestDatabase(inject('postgresUrl'), ddl);
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.pool.query('TRUNCATE outbox, thing, epoch; INSERT INTO epoch DEFAULT VALUES');
  await database.pool.query(`INSERT INTO thing VALUES ('kettle', 0)`);
  epochs = await open();
});

function tableOf(epoch: number, state: RegionState = 'active', mode: Mode = { kind: 'active-active' }): RoutingTable {
  const table = firstRoutingTable(REGIONS);
  return { ...table, epoch, mode, regions: { ...table.regions, [REGION]: { state, weight: 1, sinceEpoch: epoch } } };
}
const lease = (leaseMs: number) => ({ leaseMs, sentAtMs: Date.now() });

/** Everything that a write does but the commit: here a process can be stopped for any time. */
async function writeUpToCommit(whom?: WrittenFor): Promise<pg.PoolClient> {
  const client = await database.pool.connect();
  await client.query('BEGIN');
  await client.query(`UPDATE thing SET changes = changes + 1 WHERE name = 'kettle'`);
  await client.query(
    `INSERT INTO outbox (topic, key, type, hlc, value${whom ? ', written_for' : ''})
     VALUES ('things', 'kettle', 'changed', '0', '{}'${whom ? `, '${whom}'` : ''})`,
  );
  return client;
}

async function commit(client: pg.PoolClient): Promise<'committed' | string> {
  try {
    await client.query('COMMIT');
    return 'committed';
  } catch (failure) {
    return (failure as { code: string }).code;
  } finally {
    client.release();
  }
}

async function written(): Promise<{ changes: number; events: number }> {
  const { rows } = await database.pool.query(
    `SELECT changes, (SELECT count(*)::int FROM outbox) AS events FROM thing WHERE name = 'kettle'`,
  );
  return rows[0];
}

describe('between its check and its commit', () => {
  it('a write is overtaken by an epoch in which the region takes none: neither the change nor its event happens', async () => {
    const client = await writeUpToCommit();
    expect(await epochs.tell({ table: tableOf(1, 'evacuated') })).toMatchObject({ ok: true });
    expect(await commit(client)).toBe(FENCED_SQLSTATE);
    expect(await written()).toEqual({ changes: 0, events: 0 });
  });

  it('a write is overtaken by the end of the lease: likewise, though nobody was there to say so', async () => {
    await epochs.tell({ table: tableOf(1, 'active', PRIMARY_HERE), ...lease(3_000) });
    expect(await commit(await writeUpToCommit())).toBe('committed');
    await epochs.tell({ table: tableOf(2, 'active', PRIMARY_HERE), ...lease(150) });
    const client = await writeUpToCommit();
    await eventually(() => expect(Date.now()).toBeGreaterThan(epochs.known.leaseUntilMs ?? 0), { withinMs: 2_000 });
    expect(await commit(client)).toBe(FENCED_SQLSTATE);
    expect(await written()).toEqual({ changes: 1, events: 1 });
  });

  it('a write is overtaken by an epoch in which the region still takes writes, and is committed', async () => {
    const client = await writeUpToCommit();
    await epochs.tell({ table: tableOf(1) });
    expect(await commit(client)).toBe('committed');
  });

  it('a write of a region that was the primary is overtaken by another primary', async () => {
    await epochs.tell({ table: tableOf(1, 'active', PRIMARY_HERE), ...lease(3_000) });
    const client = await writeUpToCommit();
    await epochs.tell({ table: tableOf(2, 'active', { kind: 'active-passive', primary: 'us-east' }) });
    expect(await commit(client)).toBe(FENCED_SQLSTATE);
  });
});

describe('the fence', () => {
  const all: WrittenFor[] = ['client', 'peer', 'region'];
  it.each([
    ['active', ['client', 'peer', 'region']],
    ['draining', ['peer', 'region']],
    ['evacuated', ['peer', 'region']],
    ['standby', ['peer', 'region']],
    ['failed', ['region']],
    ['recovering', ['region']],
    ['failing-back', ['client', 'peer', 'region']],
  ] as const)('of a region that is %s lets %s commit', async (state, expected) => {
    await epochs.tell({ table: tableOf(1, state) });
    const outcomes = await Promise.all(
      all.map(async (whom) => {
        const client = await database.pool.connect();
        await client.query('BEGIN');
        await client.query(
          `INSERT INTO outbox (topic, key, type, hlc, value, written_for) VALUES ('things', 'k', 't', '0', '{}', $1)`,
          [whom],
        );
        return (await commit(client)) === 'committed' ? whom : undefined;
      }),
    );
    expect(outcomes.filter((whom) => whom !== undefined)).toEqual(expected);
  });

  it('takes a write that does not say on whose behalf it is for a client’s', async () => {
    await epochs.tell({ table: tableOf(1, 'evacuated') });
    expect(await commit(await writeUpToCommit('region'))).toBe('committed');
    expect(await commit(await writeUpToCommit())).toBe(FENCED_SQLSTATE);
  });

  it('lets nobody commit where it does not stand in the database who may', async () => {
    await database.pool.query('DELETE FROM epoch');
    expect(await commit(await writeUpToCommit())).toBe(FENCED_SQLSTATE);
    expect(await commit(await writeUpToCommit('peer'))).toBe(FENCED_SQLSTATE);
  });

  it('is what holds it: without the trigger, the same write is committed under an epoch that is over', async () => {
    await database.pool.query('ALTER TABLE outbox DISABLE TRIGGER outbox_fence_client');
    const client = await writeUpToCommit();
    await epochs.tell({ table: tableOf(1, 'evacuated') });
    expect(await commit(client)).toBe('committed');
    await database.pool.query('ALTER TABLE outbox ENABLE TRIGGER outbox_fence_client');
  });

  it('of a primary that was given no lease lets no client commit', async () => {
    await epochs.tell({ table: tableOf(1, 'active', PRIMARY_HERE) });
    expect(await commit(await writeUpToCommit())).toBe(FENCED_SQLSTATE);
  });
});

describe('a new epoch', () => {
  it('is known here only once no commit of the one before is under way', async () => {
    const committing = await database.pool.connect();
    await committing.query('BEGIN');
    // As the trigger of a commit does, which then waits for the disk.
    await committing.query('SELECT pg_advisory_xact_lock_shared($1)', [EPOCH_LOCK]);
    let isKnown = false;
    const telling = epochs.tell({ table: tableOf(1, 'evacuated') }).then(() => {
      isKnown = true;
    });
    try {
      const waiting = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
                       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
      const isWaiting = async () => expect((await database.pool.query(waiting)).rowCount).toBe(1);
      await eventually(isWaiting, { withinMs: 5_000 });
      expect(isKnown).toBe(false);
    } finally {
      await committing.query('COMMIT');
      committing.release();
    }
    await telling;
    expect(isKnown).toBe(true);
  });

  it('waits for no write that has not come to its commit', async () => {
    const client = await writeUpToCommit();
    await epochs.tell({ table: tableOf(1, 'evacuated') });
    expect(epochs.table.epoch).toBe(1);
    await commit(client);
  });

  it('is refused when a newer one is known here, also by another process of the service', async () => {
    const other = await open();
    await other.tell({ table: tableOf(3, 'evacuated') });
    expect(await epochs.tell({ table: tableOf(2) })).toEqual({ ok: false, reason: 'StaleEpoch' });
    expect(epochs.table.epoch).toBe(3);
    expect(await commit(await writeUpToCommit())).toBe(FENCED_SQLSTATE);
  });

  it('and its lease outlive the process; what may have changed meanwhile is for control to say first', async () => {
    await epochs.tell({ table: tableOf(4, 'active', PRIMARY_HERE), ...lease(3_000) });
    const restarted = await open();
    expect(restarted.known).toEqual(epochs.known);
    expect([epochs.isCurrent, restarted.isCurrent]).toEqual([true, false]);
    await restarted.tell({ table: tableOf(4, 'active', PRIMARY_HERE) });
    expect(restarted.isCurrent).toBe(true);
  });
});
