import type { ServiceName } from '@meridian/regions';

/**
 * What the edge passes on: these paths and what is below them. Everything else a service answers (`/reservations`,
 * `/digest`, `/lag`, `/outbox`, `/health`) is for its own region and cannot be reached from outside.
 */
export const ROUTES: Readonly<Record<string, ServiceName>> = {
  '/users': 'user',
  '/products': 'catalog',
  '/orders': 'order',
};

export const ROUTED_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

export function isRoutedPath(path: string): boolean {
  return Object.keys(ROUTES).some((root) => path === root || path.startsWith(`${root}/`));
}

const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:\/|$)/i;

/**
 * Whether a request target can go on as it is. `/orders/../digest` must not mean one thing here and another in a
 * service; neither must `http://elsewhere/orders`, which routers read as `/orders`.
 */
export function isPlainTarget(url: string): boolean {
  const query = url.indexOf('?');
  const path = query === -1 ? url : url.slice(0, query);
  return path.startsWith('/') && !path.includes('\\') && !DOT_SEGMENT.test(path);
}
