/**
 * Values of events as version 1 of each contract wrote them. Frozen: a log may hold them, and a region that is not
 * upgraded yet goes on writing them. A change that does not read them is no additive change.
 */
const at = (wallMs: number) => `${String(wallMs).padStart(15, '0')}-0000-us-east`;
const register = (value: unknown) => ({ value, hlc: at(1) });
const decided = { hlc: at(1), at: '2026-11-24T12:00:00.000Z', region: 'us-east' };
const eur = { amountMinor: 1250, currency: 'EUR' };
const id = '0b0a7a3e-5b0a-4c53-8c0f-1d1f7c0c2f11';

export const EVENTS_OF_V1 = {
  user: [
    {
      id,
      fields: {
        email: register('ada@example.com'),
        name: register('Ada'),
        country: register('GB'),
        registeredIn: register('us-east'),
        registeredAt: register('2026-11-24T12:00:00.000Z'),
      },
    },
    { id, fields: { name: register('Ada L.') } },
  ],
  product: [
    {
      sku: 'TEA-1',
      fields: { name: register('Tea'), price: register(eur), tags: register(['green', 'loose-leaf']) },
      stock: { 'us-east': register(20), 'eu-west': register(0) },
    },
    { sku: 'TEA-1', fields: { price: register(eur) }, stock: {} },
    { sku: 'TEA-1', fields: {}, stock: { 'us-east': register(19) } },
  ],
  order: [
    {
      id,
      facts: {
        placed: {
          ...decided,
          ...{ customerId: id, requestHash: 'a'.repeat(64), total: eur },
          lines: [{ sku: 'TEA-1', quantity: 1, unitPrice: eur }],
        },
      },
    },
    { id, facts: { paid: { ...decided, paymentReference: 'p-1' } } },
    { id, facts: { cancelled: { ...decided, reason: 'changed my mind' } } },
  ],
};
