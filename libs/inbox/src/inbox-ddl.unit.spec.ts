import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HORIZON_DDL } from './horizon-ddl.ts';
import { INBOX_DDL } from './inbox-ddl.ts';

const statements = (sql: string) =>
  sql
    .replaceAll(/^\s*--.*$/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim();

const root = new URL('../../../', import.meta.url);

describe.each([
  ['INBOX_DDL', 'init', INBOX_DDL],
  ['HORIZON_DDL', 'horizon', HORIZON_DDL],
])('%s', (_name, step, ddl) => {
  const migrations = globSync(`apps/*/prisma/migrations/*_${step}/migration.sql`, { cwd: root });

  it('is told of every service that has an inbox', () => expect(migrations.length).toBe(3));

  it.each(migrations)('is what %s makes', (path) =>
    expect(statements(readFileSync(new URL(path, root), 'utf8'))).toContain(statements(ddl)),
  );
});
