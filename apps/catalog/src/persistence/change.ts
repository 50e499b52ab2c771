import { type ConflictRow, insertConflictsSql, resolveConflictsSql } from '@meridian/conflicts';
import type { Hlc } from '@meridian/hlc';
import type { Origin } from '@meridian/inbox';
import type { OutboxRow } from '@meridian/outbox';
import { Prisma } from '../generated/prisma/client.ts';
import type { Reserving, StoredProduct } from './catalog-shapes.ts';

/** What a write changes; all of it happens or nothing. */
export interface Change {
  products: StoredProduct[];
  /** The clock reading of the write, or of the event that is joined. */
  hlc: Hlc;
  events?: OutboxRow[];
  reserve?: readonly Reserving[];
  /** The reservations of an order that end, by the regions that asked for them. */
  release?: { orderId: string; askedBy: string[] };
  /** A restocking that its client can tell from others; done twice with one key, the second fails. */
  restock?: Restocking;
  /** For a change that an event of Kafka asked for. */
  origin?: Origin;
  /** What the join discarded. */
  conflicts?: readonly ConflictRow[];
  /** The fields of a product about which it leaves no conflict open. */
  settles?: { sku: string; fields: readonly string[] };
}

export interface Restocking {
  sku: string;
  key: string;
  units: number;
}

export const KEEP_DISCARDED = Prisma.raw(insertConflictsSql({ rows: 'discarded.conflicts', from: 'discarded' }));
const SETTLE = Prisma.raw(
  resolveConflictsSql({ aggregateId: 'settling.sku', field: 'settling.field', from: 'settling' }),
);

/** Part of the statement only when it is needed: every reservation pays for what the planner has to read. */
export function noteRestocking({ restock }: Change): Prisma.Sql {
  if (!restock) return Prisma.empty;
  const { sku, key, units } = restock;
  return Prisma.sql`
      restocked AS (
        INSERT INTO restockings (sku, key, units) SELECT ${sku}::text, ${key}::text, ${units}::int FROM done WHERE done
      ),`;
}

/** Mostly nothing, and then the statement is as short as it was. */
export function keepConflicts({ conflicts = [], settles }: Change): Prisma.Sql {
  const kept =
    conflicts.length > 0
      ? Prisma.sql`discarded AS (SELECT ${JSON.stringify(conflicts)}::jsonb AS conflicts FROM done WHERE done),
          kept AS (${KEEP_DISCARDED}),`
      : Prisma.empty;
  const settled =
    settles && settles.fields.length > 0
      ? Prisma.sql`settling AS (
            SELECT ${settles.sku}::text AS sku, unnest(${settles.fields}::text[]) AS field FROM done WHERE done
          ),
          settled AS (${SETTLE}),`
      : Prisma.empty;
  return Prisma.sql`${kept} ${settled}`;
}
