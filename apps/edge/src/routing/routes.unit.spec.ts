import { describe, expect, it } from 'vitest';
import { isPlainTarget, isRoutedPath } from './routes.ts';

describe('the routes of the edge', () => {
  it.each(['/users', '/users/1', '/products/', '/orders/1/pay'])('pass on %s', (path) => {
    expect(isRoutedPath(path)).toBe(true);
  });

  it.each(['/', '/usersx', '/Orders', '/reservations', '/digest', '/lag', '/outbox', '/%6frders', '//orders'])(
    'do not pass on %s',
    (path) => {
      expect(isRoutedPath(path)).toBe(false);
    },
  );

  it.each(['/orders', '/orders/a..b', '/orders/...', '/orders/.hidden', '/products?after=../x'])(
    'take %s as it is',
    (target) => {
      expect(isPlainTarget(target)).toBe(true);
    },
  );

  it.each([
    '/orders/../digest',
    '/orders/..',
    '/orders/./x',
    '/orders/%2e%2E/digest',
    '/orders/.%2e',
    '/orders\\..\\x',
    'http://elsewhere/orders',
    '*',
  ])('refuse %s', (target) => {
    expect(isPlainTarget(target)).toBe(false);
  });
});
