import type { OutboxRow } from '@meridian/outbox';
import { Injectable } from '@nestjs/common';
import type { UserState } from '../domain/user.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { Database } from './database.ts';
import { type StoredUser, toRow } from './user-shapes.ts';

/** Which event of which source a remote change is; for the inbox. */
export interface Origin {
  source: string;
  sequence: number;
}

@Injectable()
export class UserStore {
  constructor(private readonly database: Database) {}

  /** What this region knows of a user; version 0 when that is nothing. */
  async find(id: string): Promise<StoredUser> {
    const row = await this.database.user.findUnique({ where: { id }, select: { state: true, version: true } });
    return row ? { id, state: row.state as unknown as UserState, version: row.version } : { id, state: {}, version: 0 };
  }

  /**
   * The only write of a command: the row and its events, in one statement, so that neither can be without the other.
   * False when the row is no longer the version that was decided on; then nothing is written.
   */
  async commit(user: StoredUser, events: OutboxRow[]): Promise<boolean> {
    const [result] = await this.database.$queryRaw<[{ written: number }]>`
      WITH written AS (${upsert(user)}),
      appended AS (
        INSERT INTO outbox (topic, key, type, hlc, traceparent, value)
        SELECT event.topic, event.key, event.type, event.hlc, event.traceparent, event.value
        FROM written, jsonb_to_recordset(${JSON.stringify(events)}::jsonb)
          AS event (topic text, key text, type text, hlc text, traceparent text, value jsonb)
      )
      SELECT count(*)::int AS written FROM written`;
    return result.written === 1;
  }

  /** The only write of a remote event: the joined row and the inbox entry, in one statement. False as for `commit`. */
  async commitRemote(user: StoredUser, { source, sequence }: Origin): Promise<boolean> {
    const [result] = await this.database.$queryRaw<[{ written: number }]>`
      WITH written AS (${upsert(user)}),
      noted AS (
        INSERT INTO inbox (source, sequence) SELECT ${source}, ${sequence}::bigint FROM written
        ON CONFLICT DO NOTHING
      )
      SELECT count(*)::int AS written FROM written`;
    return result.written === 1;
  }

  /** A remote event that said nothing new. */
  async noteRemote({ source, sequence }: Origin): Promise<void> {
    await this.database.$executeRaw`
      INSERT INTO inbox (source, sequence) VALUES (${source}, ${sequence}::bigint) ON CONFLICT DO NOTHING`;
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

function upsert(user: StoredUser): Prisma.Sql {
  const { id, state, hlc } = toRow(user);
  return Prisma.sql`
    INSERT INTO users AS known (id, state, hlc, version)
    VALUES (${id}::uuid, ${state}::jsonb, ${hlc}, ${user.version + 1}::int)
    ON CONFLICT (id) DO UPDATE
      SET state = excluded.state, hlc = excluded.hlc, version = excluded.version
      WHERE known.version = ${user.version}::int
    RETURNING id`;
}
