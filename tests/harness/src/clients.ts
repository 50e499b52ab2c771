import { randomUUID } from 'node:crypto';
import { type RegionId, type ServiceName, urlOf } from '@meridian/regions';
import { type Answer, type Call, http } from './http.ts';
import { addresses, placeIn } from './system.ts';

/** A call through the edge, as a client near `region` makes it. */
export function viaEdge(region: RegionId, path: string, call: Call = {}): Promise<Answer> {
  return http(`${urlOf(addresses.edge)}${path}`, {
    ...call,
    headers: { 'x-client-location': placeIn(region), ...call.headers },
  });
}

/** A call straight to a service of one region, around the edge: to see what that region holds. */
export function atService(region: RegionId, service: ServiceName, path: string, call: Call = {}): Promise<Answer> {
  const regional = addresses.regions[region];
  if (!regional) throw new Error(`There is no region "${region}".`);
  return http(`${urlOf(regional.services[service])}${path}`, call);
}

export const wan = (path: string, call: Call = {}): Promise<Answer> =>
  http(`${urlOf(addresses.wanControl)}${path}`, call);
export const runner = (path: string, call: Call = {}): Promise<Answer> =>
  http(`${urlOf(addresses.runner)}${path}`, call);

export interface OrderToPlace {
  sku: string;
  quantity?: number;
  customerId?: string;
  key?: string;
  headers?: Record<string, string>;
  timeoutMs?: number;
}

export function placeOrder(region: RegionId, order: OrderToPlace): Promise<Answer> {
  return viaEdge(region, '/orders', {
    method: 'POST',
    headers: { 'idempotency-key': order.key ?? randomUUID(), ...order.headers },
    body: {
      customerId: order.customerId ?? randomUUID(),
      lines: [{ sku: order.sku, quantity: order.quantity ?? 1 }],
    },
    timeoutMs: order.timeoutMs,
  });
}

export function createProduct(
  region: RegionId,
  sku: string,
  unitsPerRegion: Record<RegionId, number>,
): Promise<Answer> {
  return viaEdge(region, '/products', {
    method: 'POST',
    body: {
      sku,
      name: `Test product ${sku}`,
      price: { amountMinor: 1999, currency: 'EUR' },
      tags: ['test'],
      stock: unitsPerRegion,
    },
  });
}

export interface UserToRegister {
  email?: string;
  timeoutMs?: number;
}

export function registerUser(region: RegionId, name: string, user: UserToRegister = {}): Promise<Answer> {
  return viaEdge(region, '/users', {
    method: 'POST',
    body: { email: user.email ?? `${randomUUID()}@example.com`, name, country: 'IE' },
    timeoutMs: user.timeoutMs,
  });
}
