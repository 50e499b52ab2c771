import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '@meridian/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { applyMigrations } from './migrations.ts';
import { postgresUrl, startPostgres } from './postgres.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'meridian-pg-'));
  await chmod(directory, 0o755);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

describe('startPostgres', () => {
  it('keeps what was committed through a kill -9, and starts again over what that left behind', async () => {
    const port = await freePort();
    const options = {
      ...{ name: 'postgres', port, databases: ['order'] },
      ...{ dataDir: path.join(directory, 'data'), logFile: path.join(directory, 'log') },
    };
    const first = await startPostgres(options);
    await query(postgresUrl(port, 'order'), 'CREATE TABLE kept AS SELECT 42 AS answer');
    first.signal('SIGKILL');
    expect(await first.exited).toEqual({ code: null, signal: 'SIGKILL' });

    const second = await startPostgres(options);
    try {
      expect(await query(postgresUrl(port, 'order'), 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    } finally {
      expect(await second.stop()).toEqual({ code: 0, signal: null });
    }
  });
});

describe('applyMigrations', () => {
  const database = `migrations_${Date.now()}`;
  const urlOf = () => inject('postgresUrl').replace(/\/postgres$/, `/${database}`);
  const folder = () => path.join(directory, 'migrations');
  const write = async (name: string, sql: string) => {
    await mkdir(path.join(folder(), name), { recursive: true });
    await writeFile(path.join(folder(), name, 'migration.sql'), sql);
  };

  beforeAll(async () => {
    await query(inject('postgresUrl'), `CREATE DATABASE ${database}`);
    await write('20260101000000_init', 'CREATE TABLE a (id int); CREATE TABLE b (id int);');
  });

  it('applies in order, once, and notes what Prisma would note', async () => {
    expect(await applyMigrations(urlOf(), folder())).toEqual(['20260101000000_init']);
    expect(await applyMigrations(urlOf(), folder())).toEqual([]);
    await write('20260102000000_more', 'ALTER TABLE a ADD COLUMN name text;');
    expect(await applyMigrations(urlOf(), folder())).toEqual(['20260102000000_more']);
    const rows = await query<{ checksum: string }>(urlOf(), 'SELECT checksum FROM _prisma_migrations ORDER BY 1');
    expect(rows.map((r) => r.checksum.length)).toEqual([64, 64]);
  });

  it('many at once apply it once', async () => {
    await write('20260103000000_once', 'CREATE TABLE once (id int);');
    const applied = await Promise.all(Array.from({ length: 5 }, () => applyMigrations(urlOf(), folder())));
    expect(applied.flat()).toEqual(['20260103000000_once']);
  });

  it('leaves nothing of a migration that fails half-way', async () => {
    await write('20260104000000_wrong', 'CREATE TABLE half (id int); SELECT no_such_function();');
    await expect(applyMigrations(urlOf(), folder())).rejects.toThrow(/20260104000000_wrong failed/);
    expect(await query(urlOf(), "SELECT 1 FROM pg_tables WHERE tablename = 'half'")).toEqual([]);
    await rm(path.join(folder(), '20260104000000_wrong'), { recursive: true });
  });

  it('refuses a migration that was edited after it was applied, and one whose file is gone', async () => {
    await write('20260103000000_once', 'CREATE TABLE twice (id int);');
    await expect(applyMigrations(urlOf(), folder())).rejects.toThrow(/20260103000000_once was changed/);
    await rm(path.join(folder(), '20260103000000_once'), { recursive: true });
    await expect(applyMigrations(urlOf(), folder())).rejects.toThrow(
      /20260103000000_once is applied, but its file is gone/,
    );
  });
});
