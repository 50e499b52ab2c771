const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * Whether a request with this error code (of Node or undici) never left, as there was no connection: then, and then only,
 * it may be sent elsewhere whatever it does.
 */
export function wasNeverSent(code: string): boolean {
  return NEVER_CONNECTED.has(code);
}
