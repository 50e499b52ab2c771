import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { JOINED_DDL } from './joined-ddl.ts';

const root = new URL('../../../..', import.meta.url);
const migrations = globSync('apps/*/prisma/migrations/*_joined/migration.sql', { cwd: root });
const statements = (sql: string) =>
  sql
    .replaceAll(/^\s*--.*$/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim();

it('every service has its migration', () => expect(migrations).toHaveLength(3));
it.each(migrations)('the DDL is what %s makes', (path) =>
  expect(statements(readFileSync(new URL(path, root), 'utf8'))).toBe(statements(JOINED_DDL)),
);
