import { type ConflictRow, insertConflictsSql } from '@meridian/conflicts';
import { NO_DEPS, type RowDeps } from '@meridian/consistency';
import { TOPICS } from '@meridian/contracts';
import { NOTED, noteApplied, noteAppliedSql, noteTogetherSql, type Origin } from '@meridian/inbox';
import { appendToOutboxSql, type OutboxRow } from '@meridian/outbox';
import { type Home, ReplicatedStore, type ReplicatedTable, type Self, type Written } from '@meridian/replication';
import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { decidingRegionOf, latestHlc, type UserState } from '../domain/user.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { UserConfig } from '../user.config.ts';
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
  readonly table: ReplicatedTable = {
    name: 'users',
    id: { column: 'id', type: 'uuid' },
    aggregate: 'user',
    topic: TOPICS.users,
    wholeValue: "jsonb_build_object('id', id, 'fields', state)",
  };

  constructor(
    private readonly database: Database,
    private readonly config: UserConfig,
  ) {
    super();
  }

  get self(): Self {
    return { service: 'user', region: this.config.region };
  }

  get pool(): Database['pool'] {
    return this.database.pool;
  }

  /** What this region knows of a user; version 0 when that is nothing. */
  find(id: string): Promise<StoredUser> {
    const select = { state: true, version: true, deps: true };
    return this.readSettled(
      async () => {
        const row = await this.database.user.findUnique({ where: { id }, select });
        if (!row) return { id, state: {}, version: 0, deps: NO_DEPS };
        return {
          id,
          state: row.state as unknown as UserState,
          version: row.version,
          deps: row.deps as unknown as RowDeps,
        };
      },
      (user) => [user],
    );
  }

  /** Some users in the order of their ids, behind `after`. */
  async page(after: string | undefined, limit: number): Promise<{ id: string; state: UserState }[]> {
    const rows = await this.database.user.findMany({
      ...(after !== undefined && { where: { id: { gt: after } } }),
      ...{ orderBy: { id: 'asc' }, take: limit, select: { id: true, state: true } },
    });
    return rows.map(({ id, state }) => ({ id, state: state as unknown as UserState }));
  }

  /** Where a user was registered, or has moved to; one of the others for as long as that region does not decide. */
  override async homeOf(id: string, regions: readonly string[]): Promise<Home | undefined> {
    const { state } = await this.find(id);
    const region = decidingRegionOf(id, state, regions);
    return region === undefined ? undefined : { region, ...(state.home && { movedAt: state.home.hlc }) };
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
    const isDue = done ? Prisma.sql`EXISTS (SELECT FROM due)` : Prisma.sql`true`;
    const told = JSON.stringify(this.withDeps([user], events));
    const [result] = await this.database.$queryRaw<[{ written: number; tx: string }]>`
      WITH ${fence} written AS (${upsert(user, this.depsOfWrite(user.deps, true), isDue)}),
      ${done ? Prisma.sql`done AS (${doneSql(done, Prisma.sql`written`)}),` : Prisma.empty}
      ${besides(add, conflicts)}
      told AS (SELECT ${told}::jsonb AS events FROM written),
      appended AS (${APPEND_TOLD})
      SELECT count(*)::int AS written, pg_current_xact_id()::text AS tx FROM written`;
    if (result.written === 1) this.noteWrite(result.tx);
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
      WITH written AS (${upsert(user, this.depsOfWrite(user.deps, false), Prisma.sql`true`)}),
      ${besides(add, conflicts)}
      origin AS (SELECT ${source}::text AS source, ${sequence}::bigint AS sequence FROM written),
      noted AS (${NOTE_ORIGIN})
      SELECT count(*)::int AS written FROM written`;
    return result.written === 1;
  }

  /** What is known of these users, locked until the transaction ends. */
  async lock(client: pg.ClientBase, ids: readonly string[]): Promise<Map<string, StoredUser>> {
    const { rows } = await client.query<StoredUser>({
      name: 'lock-users',
      text: 'SELECT id, state, version, deps FROM users WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE',
      values: [ids],
    });
    const known = new Map(ids.map((id): [string, StoredUser] => [id, { id, state: {}, version: 0, deps: NO_DEPS }]));
    for (const row of rows) known.set(row.id, row);
    return known;
  }

  /** The only write of several remote events, of users that are locked: as `commitRemote`, and all or nothing. */
  async commitTogether(
    client: pg.ClientBase,
    { rows, beside, origins }: Written<StoredUser, Beside>,
  ): Promise<readonly Origin[]> {
    const users = rows.map(({ deps, version, ...user }) => {
      return { id: user.id, state: user.state, hlc: latestHlc(user.state), version, deps };
    });
    // A claim that becomes due twice is due as it was said last.
    const due = new Map(
      beside.flatMap(({ add = [] }) => add.map((one) => [`${one.userId}/${one.digest}`, one] as const)),
    );
    const { text, values } = Prisma.sql`
      WITH wanted AS (
        SELECT * FROM jsonb_to_recordset(${JSON.stringify(users)}::jsonb)
          AS row (id uuid, state jsonb, hlc text, version int, deps jsonb)
      ),
      written AS (
        INSERT INTO users AS known (id, state, hlc, version, deps)
        SELECT id, state, hlc, version + 1, deps FROM wanted ORDER BY id
        ON CONFLICT (id) DO UPDATE
          SET state = excluded.state, hlc = excluded.hlc, version = excluded.version, deps = excluded.deps
          WHERE known.version = excluded.version - 1
        RETURNING id
      ),
      ${besides(
        [...due.values()],
        beside.flatMap(({ conflicts = [] }) => conflicts),
        ONE_ROW,
      )}
      heard AS (SELECT ${JSON.stringify(origins)}::jsonb AS origins),
      ${NOTE_TOGETHER}
      SELECT (SELECT count(*) FROM written)::int AS written, ${NOTED_NEW} AS noted`;
    const [result] = (await client.query<{ written: number; noted: Origin[] }>(text, values)).rows;
    if (result?.written !== users.length) throw new Error('a user was written meanwhile of whom nothing was known');
    return result.noted;
  }

  /** Notes a remote event that said nothing new. False when it was noted before: it came twice. */
  noteRemote(origin: Origin): Promise<boolean> {
    return noteApplied(this.pool, origin);
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

const NOTE_TOGETHER = Prisma.raw(noteTogetherSql({ rows: 'heard.origins', from: 'heard' }));
const NOTED_NEW = Prisma.raw(NOTED);
/** For what is written whether a row changes or not. */
const ONE_ROW = Prisma.raw('(SELECT) AS always');

const KEEP_DISCARDED = Prisma.raw(insertConflictsSql({ rows: 'discarded.conflicts', from: 'discarded' }));

/** What a write of a user may have beside it. Mostly nothing, and then the statement is as short as it was. */
function besides(
  add: readonly DueClaim[],
  conflicts: readonly ConflictRow[],
  from: Prisma.Sql = Prisma.sql`written`,
): Prisma.Sql {
  return Prisma.sql`${add.length > 0 ? Prisma.sql`added AS (${addDueSql(add, from)}),` : Prisma.empty}
    ${
      conflicts.length > 0
        ? Prisma.sql`discarded AS (SELECT ${JSON.stringify(conflicts)}::jsonb AS conflicts FROM ${from}),
            kept AS (${KEEP_DISCARDED}),`
        : Prisma.empty
    }`;
}

function upsert(
  user: StoredUser,
  { deps, writer }: { deps: string; writer: string | null },
  condition: Prisma.Sql,
): Prisma.Sql {
  const { id, state, hlc } = toRow(user);
  return Prisma.sql`
    INSERT INTO users AS known (id, state, hlc, version, deps)
    SELECT ${id}::uuid, ${state}::jsonb, ${hlc}, ${user.version + 1}::int, with_own_write(${deps}::jsonb, ${writer})
    WHERE ${condition}
    ON CONFLICT (id) DO UPDATE
      SET state = excluded.state, hlc = excluded.hlc, version = excluded.version, deps = excluded.deps
      WHERE known.version = ${user.version}::int
    RETURNING id`;
}
