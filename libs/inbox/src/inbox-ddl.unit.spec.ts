import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEAD_LETTERS_DDL } from './dead-letters-ddl.ts';
import { HORIZON_DDL } from './horizon-ddl.ts';
import { INBOX_DDL } from './inbox-ddl.ts';

const statements = (sql: string) =>
  sql
    .replaceAll(/^\s*--.*$/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim();

const root = new URL('../../..', import.meta.url);
const migrationsNamed = (name: string) =>
  globSync(`apps/*/prisma/migrations/*_${name}/migration.sql`, { cwd: root }).map((path) => ({
    path,
    sql: readFileSync(new URL(path, root), 'utf8'),
  }));

describe.each([
  ['init', INBOX_DDL],
  ['dead_letters', DEAD_LETTERS_DDL],
  ['horizon', HORIZON_DDL],
])('the DDL of %s', (name, ddl) => {
  const migrations = migrationsNamed(name);
  it('is told of every service that consumes', () => expect(migrations).toHaveLength(3));
  it.each(migrations)('is what $path makes', ({ sql }) => expect(statements(sql)).toContain(statements(ddl)));
});
