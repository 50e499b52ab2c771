import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { EPOCH_DDL } from './epoch-ddl.ts';

const statements = (sql: string) =>
  sql
    .replaceAll(/^\s*--.*$/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim();

const root = new URL('../../../', import.meta.url);
const migrations = globSync('apps/*/prisma/migrations/*_epoch/migration.sql', { cwd: root });

it('is told of every service that writes', () => expect(migrations.length).toBe(3));

it.each(migrations)('is what %s makes', (path) =>
  expect(statements(readFileSync(new URL(path, root), 'utf8'))).toContain(statements(EPOCH_DDL)),
);
