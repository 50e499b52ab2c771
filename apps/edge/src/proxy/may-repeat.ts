import { HEADERS, OPERATIONS } from '@meridian/contracts';

const IDEMPOTENT = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']);

/** Where a service keeps its promise about keys. Anywhere else a key is a header like any other, and protects nothing. */
const HONOURS_KEY = new Set(
  Object.values(OPERATIONS)
    .flat()
    .filter(({ method, headers }) => method === 'post' && headers && HEADERS.idempotencyKey in headers)
    .map(({ path }) => path),
);

export function honoursKey(method: string, path: string): boolean {
  return method === 'POST' && HONOURS_KEY.has(path);
}

/**
 * Whether doing a request twice does no more than doing it once. `path` is without the query. `forwarded` are the headers
 * as the region gets them: a key that a client names in `Connection` does not arrive there, and so protects nothing.
 */
export function mayRepeat(method: string, path: string, forwarded: readonly string[]): boolean {
  if (IDEMPOTENT.has(method)) return true;
  if (!honoursKey(method, path)) return false;
  for (let i = 0; i < forwarded.length; i += 2)
    if (forwarded[i] === HEADERS.idempotencyKey) return forwarded[i + 1] !== '';
  return false;
}
