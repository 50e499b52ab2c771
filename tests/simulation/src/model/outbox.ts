import type { Token } from '@meridian/consistency';
import { Bell } from '../kernel/host.ts';

/** Model of libs/outbox/src/outbox-ddl.ts and of what relay-session.ts asks of it: rows of committed transactions. */

export interface OutboxRow {
  /** Known to the simulation only: unlike `id` and `xid`, one of its own for every row that was ever written. */
  row: number;
  /** `bigserial`: given when the row is inserted, not when it is seen. */
  id: number;
  xid: number;
  topic: string;
  key: string;
  type: string;
  hlc: string;
  deps: Token;
  value: unknown;
}

export class Outbox {
  rows: OutboxRow[] = [];
  /** `outbox_position`. */
  sequence = 0;
  /** What `nextval` gave last; not taken back by a rollback. */
  lastId = 0;
  /** NOTIFY. */
  readonly notified = new Bell();
}

/** READ_READY: below the horizon every transaction has ended, so nothing can appear before these rows any more. */
export function readBelowHorizon(outbox: Outbox, horizon: number, limit: number): OutboxRow[] {
  return outbox.rows
    .filter(({ xid }) => xid < horizon)
    .sort((a, b) => a.xid - b.xid || a.id - b.id)
    .slice(0, limit);
}
