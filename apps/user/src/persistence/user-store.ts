import { type ConflictRow, insertConflictsSql } from '@meridian/conflicts';
import { noteApplied, noteAppliedSql, type Origin } from '@meridian/inbox';
import { appendToOutboxSql, type OutboxRow } from '@meridian/outbox';
import { ReplicatedStore } from '@meridian/replication';
import { Injectable } from '@nestjs/common';
import type { UserState } from '../domain/user.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { Database } from './database.ts';
import { addDueSql, type DueClaim, doneSql, isStillDue } from './due-claim-store.ts';
import { type StoredUser, toRow } from './user-shapes.ts';

export interface Beside {
  /** Something due about a claim that this write does; it must still be due. */
  done?: DueClaim;
  /** What becomes due by it. */
  add?: readonly DueClaim[];
  /** What the join discarded. */
  conflicts?: readonly ConflictRow[];
}

@Injectable()
export class UserStore extends ReplicatedStore {
  constructor(private readonly database: Database) {
    super();
  }

  get pool(): Database['pool'] {
    return this.database.pool;
  }

  /** What this region knows of a user; version 0 when that is nothing. */
  async find(id: string): Promise<StoredUser> {
    const row = await this.database.user.findUnique({ where: { id }, select: { state: true, version: true } });
    return row ? { id, state: row.state as unknown as UserState, version: row.version } : { id, state: {}, version: 0 };
  }

  /**
   * The only write of a command: the row and all that goes with it, in one statement, so that neither can be without the
   * other. False when the row is no longer the version that was decided on, or `done` is not due any more; then nothing
   * is written.
   */
  async commit(
    user: StoredUser,
    events: OutboxRow[],
    { done, add = [], conflicts = [] }: Beside = {},
  ): Promise<boolean> {
    const fence = done ? Prisma.sql`due AS (${isStillDue(done)}),` : Prisma.empty;
    const [result] = await this.database.$queryRaw<[{ written: number }]>`
      WITH ${fence} written AS (${upsert(user, done ? Prisma.sql`EXISTS (SELECT FROM due)` : Prisma.sql`true`)}),
      ${done ? Prisma.sql`done AS (${doneSql(done, Prisma.sql`written`)}),` : Prisma.empty}
      ${besides(add, conflicts)}
      told AS (SELECT ${JSON.stringify(events)}::jsonb AS events FROM written),
      appended AS (${APPEND_TOLD})
      SELECT count(*)::int AS written FROM written`;
    return result.written === 1;
  }

  /**
   * The only write of a remote event: the joined row, the inbox entry and what the join discarded, in one statement. False
   * as for `commit`.
   */
  async commitRemote(
    user: StoredUser,
    { source, sequence }: Origin,
    { add = [], conflicts = [] }: Beside,
  ): Promise<boolean> {
    const [result] = await this.database.$queryRaw<[{ written: number }]>`
      WITH written AS (${upsert(user, Prisma.sql`true`)}),
      ${besides(add, conflicts)}
      origin AS (SELECT ${source}::text AS source, ${sequence}::bigint AS sequence FROM written),
      noted AS (${NOTE_ORIGIN})
      SELECT count(*)::int AS written FROM written`;
    return result.written === 1;
  }

  /** Notes a remote event that said nothing new. False when it was noted before: it came twice. */
  noteRemote(origin: Origin): Promise<boolean> {
    return noteApplied(this.pool, origin);
  }

  /** Equal in two regions when they hold the same users in the same state. */
  async digest(): Promise<{ aggregates: number; digest: string }> {
    const [result] = await this.database.$queryRaw<[{ aggregates: number; digest: string }]>`
      SELECT count(*)::int AS aggregates,
             md5(coalesce(string_agg(md5(id::text || state::text), '' ORDER BY id), '')) AS digest
      FROM users`;
    return result;
  }

  /** Where the clock must go on from after a restart. */
  async latestHlc(): Promise<string | undefined> {
    const [result] = await this.database.$queryRaw<[{ hlc: string | null }]>`SELECT max(hlc) AS hlc FROM users`;
    return result.hlc ?? undefined;
  }
}

const APPEND_TOLD = Prisma.raw(appendToOutboxSql({ rows: 'told.events', from: 'told' }));
const NOTE_ORIGIN = Prisma.raw(
  noteAppliedSql({ source: 'origin.source', sequence: 'origin.sequence', from: 'origin' }),
);

const KEEP_DISCARDED = Prisma.raw(insertConflictsSql({ rows: 'discarded.conflicts', from: 'discarded' }));

/** What a write of a user may have beside it. Mostly nothing, and then the statement is as short as it was. */
function besides(add: readonly DueClaim[], conflicts: readonly ConflictRow[]): Prisma.Sql {
  return Prisma.sql`${add.length > 0 ? Prisma.sql`added AS (${addDueSql(add, Prisma.sql`written`)}),` : Prisma.empty}
    ${
      conflicts.length > 0
        ? Prisma.sql`discarded AS (SELECT ${JSON.stringify(conflicts)}::jsonb AS conflicts FROM written),
            kept AS (${KEEP_DISCARDED}),`
        : Prisma.empty
    }`;
}

function upsert(user: StoredUser, condition: Prisma.Sql): Prisma.Sql {
  const { id, state, hlc } = toRow(user);
  return Prisma.sql`
    INSERT INTO users AS known (id, state, hlc, version)
    SELECT ${id}::uuid, ${state}::jsonb, ${hlc}, ${user.version + 1}::int WHERE ${condition}
    ON CONFLICT (id) DO UPDATE
      SET state = excluded.state, hlc = excluded.hlc, version = excluded.version
      WHERE known.version = ${user.version}::int
    RETURNING id`;
}
