import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OUTBOX_DDL, OUTBOX_DEPS_DDL, OUTBOX_WRITTEN_FOR_DDL } from './outbox-ddl.ts';

const statements = (sql: string) =>
  sql
    .replaceAll(/^\s*--.*$/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim();

const root = new URL('../../../', import.meta.url);

describe.each([
  ['OUTBOX_DDL', 'init', OUTBOX_DDL],
  ['OUTBOX_DEPS_DDL', 'horizon', OUTBOX_DEPS_DDL],
  ['OUTBOX_WRITTEN_FOR_DDL', 'epoch', OUTBOX_WRITTEN_FOR_DDL],
])('%s', (_name, step, ddl) => {
  const migrations = globSync(`apps/*/prisma/migrations/*_${step}/migration.sql`, { cwd: root });

  it('is told of every service that has an outbox', () => expect(migrations.length).toBe(3));

  it.each(migrations)('is what %s makes', (path) =>
    expect(statements(readFileSync(new URL(path, root), 'utf8'))).toContain(statements(ddl)),
  );
});
