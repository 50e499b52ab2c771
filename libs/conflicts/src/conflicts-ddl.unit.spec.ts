import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CONFLICTS_DDL } from './conflicts-ddl.ts';

const statements = (sql: string) =>
  sql
    .replaceAll(/^\s*--.*$/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim();

const migrations = globSync('apps/*/prisma/migrations/*_conflicts/migration.sql', {
  cwd: new URL('../../..', import.meta.url),
});

it('is told of every service that joins', () => expect(migrations.length).toBe(3));

it.each(migrations)('is what %s makes', (path) => {
  const migration = readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
  expect(statements(migration)).toContain(statements(CONFLICTS_DDL));
});
