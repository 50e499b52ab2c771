export { advanceTransactions } from './advance-transactions.ts';
export { appendToOutboxSql } from './append-sql.ts';
export { OUTBOX_CHANNEL, OUTBOX_DDL, OUTBOX_DEPS_DDL, OUTBOX_WRITTEN_FOR_DDL } from './outbox-ddl.ts';
export type { OutboxRow, WrittenFor } from './outbox-row.ts';
export {
  advanceOutbox,
  type OutboxState,
  type PendingEvent,
  readOutboxState,
  readPendingEvents,
} from './outbox-state.ts';
export { startOutboxRelay } from './relay.ts';
export type { OutboxRelay, RelayLogger, RelayOptions, RelayStatus } from './relay-options.ts';
