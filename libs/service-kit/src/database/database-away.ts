/**
 * Tells a database that is away from a statement that it refused. The first passes by itself and must be waited for: an
 * event is not poison because PostgreSQL restarts. The second would fail for ever.
 *
 * Prisma says the same thing in four ways: codes of its own, a kind given by the driver adapter, a SQLSTATE inside of
 * that, or the driver's plain error when a connection ends under a statement. All four were seen by stopping a server.
 */
export function isDatabaseAway(failure: unknown): boolean {
  return says(failure, AWAY);
}

function says(failure: unknown, { codes, kinds, messages }: Signs): boolean {
  if (!(failure instanceof Error)) return false;
  const { code, meta } = failure as { code?: unknown; meta?: { driverAdapterError?: { cause?: Cause } } };
  const cause = meta?.driverAdapterError?.cause;
  const told = [code, cause?.originalCode, cause?.code].filter((value) => typeof value === 'string');
  return told.some((value) => codes.test(value)) || kinds.has(cause?.kind ?? '') || messages.test(failure.message);
}

/**
 * Whether what was asked may have been done all the same: the connection ended under a statement, and the answer with it.
 * Only for a failure that says that the database is away.
 */
export function isOutcomeUnknown(failure: unknown): boolean {
  return !says(failure, NEVER_BEGUN);
}

interface Cause {
  kind?: string;
  code?: string;
  originalCode?: string;
}

interface Signs {
  /** Prisma's, sockets', SQLSTATEs. */
  codes: RegExp;
  kinds: ReadonlySet<string>;
  messages: RegExp;
}

/**
 * Prisma: cannot be reached, timed out, connection closed, pool exhausted. SQLSTATE classes: connection (08), deadlock and
 * serialisation (40), resources (53), operator (57: shutdown, starting up), system (58).
 */
const AWAY: Signs = {
  codes:
    /^(P1001|P1002|P1008|P1017|P2024|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE|ENOTFOUND|(08|40|53|57|58)[0-9A-Z]{3})$/,
  kinds: new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections']),
  messages:
    /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/,
};

/** No connection was had, or the server said itself that it did nothing: it rolled back, had no room, or was starting up. */
const NEVER_BEGUN: Signs = {
  codes: /^(P1001|P1002|P2024|ECONNREFUSED|ENOTFOUND|57P03|(40|53)[0-9A-Z]{3})$/,
  kinds: new Set(['DatabaseNotReachable', 'TooManyConnections']),
  messages: /^timeout exceeded when trying to connect/,
};
