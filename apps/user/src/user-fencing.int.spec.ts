import { firstRoutingTable, type RegionState } from '@meridian/regions';
import type { ServiceInTest } from '@meridian/replication/testing';
import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { SecureEmail } from './email-claims/secure-email.ts';
import { emailDecidedHere, startUserInTest } from './user.fixture.ts';

let user: ServiceInTest;
beforeAll(async () => {
  user = await startUserInTest(inject('postgresUrl'), inject('kafkaBrokers'));
});
afterAll(() => user.stop());

let epoch = 0;
async function becomes(state: RegionState): Promise<void> {
  epoch += 1;
  const table = firstRoutingTable([user.region, 'us-east', 'ap-southeast']);
  const regions = { ...table.regions, [user.region]: { state, weight: 1, sinceEpoch: epoch } };
  expect((await user.call('PUT', '/epoch', { table: { ...table, epoch, regions } })).status).toBe(200);
}
beforeEach(() => becomes('active'));

/** Let in, its address claimed, and by the time of its commit the region takes no writes any more. */
async function registerTooLate(headers: Record<string, string>) {
  const emails = user.get(SecureEmail);
  const { take } = emails;
  emails.take = async (...asked) => {
    const claimed = await take.apply(emails, asked);
    await becomes('evacuated');
    return claimed;
  };
  try {
    return await user.call('POST', '/users', { name: 'Ada', country: 'IE', email: emailDecidedHere(user) }, headers);
  } finally {
    emails.take = take;
  }
}

it('a registration with a key that was let in and not committed may be sent again to another region', async () => {
  const refused = await registerTooLate({ 'idempotency-key': 'k-1' });
  expect([refused.status, refused.body.type]).toEqual([503, 'urn:meridian:problem:region-not-writable']);
  expect(refused.headers['x-meridian-epoch']).toBe(String(epoch));
});

it('one without a key may not: it would be another user, who finds the address taken', async () => {
  const refused = await registerTooLate({});
  expect([refused.status, refused.body.type]).toEqual([503, 'urn:meridian:problem:region-not-writable']);
  expect(refused.headers).not.toHaveProperty('x-meridian-epoch');
  expect(refused.headers['retry-after']).toBe('5');
  expect(refused.body.detail).toContain('Idempotency-Key');
});
