import type { ServiceName } from '@meridian/regions';
import { requestsDue } from './pace.ts';

/**
 * The load of a small shop, for who measures what a loss or a mode costs: the same in every comparison, or it compares
 * nothing. Open loop, as clients do not wait for each other: a system that grows slow is sent no less.
 */

/** A rename has no key, so that the edge may not repeat it. */
export type ShopKind = 'read' | 'order' | 'rename';

/** Seven in ten look, two order, one edits. Ten and three regions have no common factor: each region is asked for each. */
const MIX = ['read', 'order', 'read', 'read', 'rename', 'read', 'order', 'read', 'read', 'read'] as const;
const TICK_MS = 5;

export interface ShopRequest {
  kind: ShopKind;
  /** Which service it is for, where it is sent around the edge. */
  service: ServiceName;
  method: 'GET' | 'POST' | 'PATCH';
  path: string;
  headers: Record<string, string>;
  body?: unknown;
}

export interface Shop {
  sku: string;
  /** A registered user, who is renamed. */
  person: string;
  /** Of its own for each order, so that it can be found again. */
  customerId: string;
  idempotencyKey: string;
}

/** The i-th request of the load. */
export function shopRequest(i: number, { sku, person, customerId, idempotencyKey }: Shop): ShopRequest {
  const kind = MIX[i % MIX.length] as ShopKind;
  switch (kind) {
    case 'read':
      return { kind, service: 'catalog', method: 'GET', path: `/products/${sku}`, headers: {} };
    case 'rename':
      return {
        ...{ kind, service: 'user', method: 'PATCH', path: `/users/${person}`, headers: {} },
        body: { name: `Name ${i}` },
      };
    case 'order':
      return {
        ...{ kind, service: 'order', method: 'POST', path: '/orders' },
        headers: { 'idempotency-key': idempotencyKey },
        body: { customerId, lines: [{ sku, quantity: 1 }] },
      };
  }
}

/**
 * Sends `perSecond`, after a ramp (`requestsDue`), until it is stopped; `stop` resolves when all that was sent is answered.
 * `send` must not reject.
 */
export function openLoop(
  perSecond: number,
  send: (i: number) => Promise<void>,
  { rampMs = 0 }: { rampMs?: number } = {},
): { stop(): Promise<void> } {
  const underWay: Promise<void>[] = [];
  let isStopped = false;
  const startedMs = performance.now();
  const sending = (async () => {
    while (!isStopped) {
      const due = requestsDue(performance.now() - startedMs, { perSecond, rampMs }) + 1;
      while (underWay.length < due) underWay.push(send(underWay.length));
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
  })();
  return {
    async stop() {
      isStopped = true;
      await sending;
      await Promise.all(underWay);
    },
  };
}
