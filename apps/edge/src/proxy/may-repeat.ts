import { HEADERS } from '@meridian/contracts';

const IDEMPOTENT = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']);

/**
 * Whether doing a request twice does no more than doing it once. `forwarded` are the headers as the region gets them: a
 * key that a client names in `Connection` does not arrive there, and so protects nothing.
 */
export function mayRepeat(method: string, forwarded: readonly string[]): boolean {
  if (IDEMPOTENT.has(method)) return true;
  if (method !== 'POST') return false;
  for (let i = 0; i < forwarded.length; i += 2)
    if (forwarded[i] === HEADERS.idempotencyKey) return forwarded[i + 1] !== '';
  return false;
}
