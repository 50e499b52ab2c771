import type { ControlStatusResponse } from '@meridian/contracts';
import { firstRoutingTable } from '@meridian/regions';
import { expect, it } from 'vitest';
import { servesAsPrimary } from './serves-as-primary.ts';

const status: ControlStatusResponse = {
  ...{ region: 'us-east', table: firstRoutingTable(['us-east']), caughtUp: true, votesAfter: 0, peers: [] },
  ...{ leaseMs: 2_000, primarySeen: null },
  services: ['user', 'catalog', 'order'].map((service) => ({ service, epoch: 3 })),
};

it('serves with a lease and with every service', () => {
  expect(servesAsPrimary(status)).toBe(true);
});

it.each<[string, ControlStatusResponse | undefined]>([
  ['its control does not answer', undefined],
  ['it holds no lease', { ...status, leaseMs: null }],
  ['one of its services does not answer', { ...status, services: [{ service: 'order', epoch: null }] }],
])('does not when %s', (_, seen) => {
  expect(servesAsPrimary(seen)).toBe(false);
});
