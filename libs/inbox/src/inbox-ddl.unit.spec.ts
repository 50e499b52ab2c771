import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { INBOX_DDL } from './inbox-ddl.ts';

const statements = (sql: string) =>
  sql
    .replaceAll(/^\s*--.*$/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim();

const migrations = globSync('apps/*/prisma/migrations/*_init/migration.sql', {
  cwd: new URL('../../..', import.meta.url),
});

it('is told of every service that has an inbox', () => expect(migrations.length).toBeGreaterThan(0));

it.each(migrations)('is what %s makes', (path) => {
  const migration = readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
  expect(statements(migration)).toContain(statements(INBOX_DDL));
});
