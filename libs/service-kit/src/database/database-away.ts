/**
 * Tells a database that is away from a statement that it refused. The first passes by itself and must be waited for: an
 * event is not poison because PostgreSQL restarts. The second would fail for ever.
 *
 * Prisma says the same thing in four ways: codes of its own, a kind given by the driver adapter, a SQLSTATE inside of
 * that, or the driver's plain error when a connection ends under a statement. All four were seen by stopping a server.
 */
export function isDatabaseAway(failure: unknown): boolean {
  if (!(failure instanceof Error)) return false;
  const { code, meta } = failure as { code?: unknown; meta?: { driverAdapterError?: { cause?: Cause } } };
  const cause = meta?.driverAdapterError?.cause;
  const codes = [code, cause?.originalCode, cause?.code].filter((value) => typeof value === 'string');
  return (
    codes.some((value) => PRISMA_CODES.has(value) || SOCKET_CODES.has(value) || SQLSTATES.test(value)) ||
    KINDS.has(cause?.kind ?? '') ||
    DRIVER_MESSAGES.test(failure.message)
  );
}

interface Cause {
  kind?: string;
  code?: string;
  originalCode?: string;
}

/** Cannot be reached, timed out, connection closed, pool exhausted. */
const PRISMA_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024']);
const SOCKET_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND']);
const KINDS = new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections']);
/** Connection (08), deadlock and serialisation (40), resources (53), operator (57: shutdown, starting up), system (58). */
const SQLSTATES = /^(08|40|53|57|58)[0-9A-Z]{3}$/;
const DRIVER_MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;
