import '@meridian/telemetry/register';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { NO_DEPS, type Token } from '@meridian/consistency';
import type { ReserveStockRequest } from '@meridian/contracts';
import { AggregateTurns, inSession, RegionClock, type Session } from '@meridian/replication';
import { migrationsOf } from '@meridian/replication/testing';
import { createTestDatabase, type TestDatabase } from '@meridian/testing';
import { type Span, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { CatalogConfig } from '../catalog.config.ts';
import { NOTHING } from '../domain/product-state.ts';
import { at, createTea, deltaOf } from '../domain/products.fixture.ts';
import { CatalogStore } from '../persistence/catalog-store.ts';
import type { Change } from '../persistence/change.ts';
import { Database } from '../persistence/database.ts';
import { type HereOutcome, ReserveHere } from './reserve-here.ts';

const HERE = 'eu-west';
const SKUS = ['CUP-1', 'TEA-1'] as const;
const UNITS = 20;

const exporter = new InMemorySpanExporter();
let tables: TestDatabase;
let database: Database;
let store: CatalogStore;
/** In which another process is always first with its write, so often. */
class Contended extends CatalogStore {
  misses: number;

  constructor(misses: number) {
    super(database, config);
    this.misses = misses;
  }

  override async write(change: Change): Promise<string | undefined> {
    this.misses -= 1;
    return this.misses < 0 ? super.write(change) : undefined;
  }
}
let config: CatalogConfig;
beforeAll(async () => {
  trace.disable();
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
  tables = await createTestDatabase(inject('postgresUrl'), migrationsOf(path.join(import.meta.dirname, '../..')));
  config = { region: HERE, databaseUrl: tables.url } as CatalogConfig;
  database = new Database(config);
  store = new CatalogStore(database, config);
});
afterAll(async () => {
  await database?.onApplicationShutdown();
  await tables?.drop();
});

/** Orders of which something is known from before. */
const FORWARDED = randomUUID();
const RELEASED = randomUUID();

/** A process that has reserved nothing yet, of 20 units of each. Its wall clock stands, so that readings can be compared. */
async function startAnew(over: CatalogStore = store): Promise<ReserveHere> {
  await tables.pool.query('TRUNCATE products, reservations, forwarded_reservations, outbox');
  await store.noteForwarded(FORWARDED, 'ap-southeast');
  await tables.pool.query(
    `INSERT INTO reservations (order_id, asked_by, sku, quantity, unit_price_minor, currency, released_at)
     SELECT $1, $2, sku, 1, 450, 'EUR', now() FROM unnest($3::text[]) AS sku`,
    [RELEASED, HERE, SKUS],
  );
  const created = at(1, HERE);
  const state = deltaOf(NOTHING, createTea({ [HERE]: UNITS }), created);
  const products = SKUS.map((sku) => ({ sku, state, version: 0, deps: NO_DEPS }));
  await store.commit({ products, hlc: created.hlc });
  const clock = new RegionClock({ region: HERE, wallClockMs: () => Date.parse('2026-11-30T12:00:00Z') });
  return new ReserveHere(over, new AggregateTurns(), clock);
}

async function held() {
  const { rows: products } = await tables.pool.query(
    `SELECT sku, state, hlc, available, version, deps->'after' AS after, deps->'writes' AS writes FROM products ORDER BY sku`,
  );
  const { rows: reservations } = await tables.pool.query(
    'SELECT order_id, asked_by, sku, quantity FROM reservations ORDER BY order_id, asked_by, sku',
  );
  const { rows: events } = await tables.pool.query('SELECT key, type, hlc, deps, value FROM outbox ORDER BY key, id');
  return { products, reservations, events };
}
/** All but what says in how many transactions it was written. */
async function heldInAnyNumber() {
  const { products, ...others } = await held();
  return { products: products.map(({ version, writes, ...product }) => product), ...others };
}

const orderOf = (units: number, { orderId = randomUUID(), ...over }: Partial<ReserveStockRequest> = {}) => {
  return { orderId, lines: SKUS.map((sku) => ({ sku, quantity: units })), ...over } satisfies ReserveStockRequest;
};
/** What is left is told of each product, in no particular order. */
const inAnyOrder = (outcome: HereOutcome) =>
  outcome.ok ? { ...outcome, left: outcome.left.toSorted((a, b) => (a.sku < b.sku ? -1 : 1)) } : outcome;
const sessionOf = (given: Token = {}, over: Partial<Session> = {}): Session => ({
  ...{ level: 'eventual', given, seen: {} },
  ...over,
});

/** Some ask again, some for more than there is, some for another region, and each author has seen something else. */
const asked = fc.array(
  fc.record({
    order: fc.integer({ min: 0, max: 12 }),
    // Mostly what the order asks for each time.
    units: fc.constantFrom(undefined, undefined, undefined, undefined, 1, 2, 19),
    reversed: fc.boolean(),
    forwardedFrom: fc.constantFrom(undefined, undefined, undefined, 'us-east'),
    seen: fc.integer({ min: 1, max: 99 }),
  }),
  { minLength: 1, maxLength: 24 },
);
const ids = [RELEASED, FORWARDED, ...Array.from({ length: 11 }, () => randomUUID())];

describe('reservations that wait for the same products', () => {
  it('come to the same answers, stock and events as one after the other', async () => {
    const outcomes = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(asked, async (all) => {
        const orders = all.map(({ order, units, reversed, forwardedFrom, seen }) => {
          const { lines } = orderOf(units ?? 1 + (order % 4));
          const request = {
            orderId: ids[order] as string,
            lines: reversed ? lines.toReversed() : lines,
            forwardedFrom,
          };
          return { request, session: () => sessionOf({ 'user/us-east': String(seen) }) };
        });
        const one = await startAnew();
        const alone: unknown[] = [];
        for (const { request, session } of orders)
          alone.push(inAnyOrder(await inSession(session(), () => one.reserve(request))));
        const heldAlone = await heldInAnyNumber();

        const many = await startAnew();
        const together = await Promise.all(
          orders.map(({ request, session }) => inSession(session(), () => many.reserve(request))),
        );
        expect(together.map(inAnyOrder)).toEqual(alone);
        expect(await heldInAnyNumber()).toEqual(heldAlone);
        for (const outcome of together) {
          const kind = !outcome.ok ? outcome.reason : outcome.left.length > 0 ? 'reserved' : 'repeated';
          outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
        }
      }),
      { numRuns: 100 },
    );
    for (const kind of ['reserved', 'repeated', 'InsufficientStock', 'KeyReused', 'Forwarded', 'Released'])
      expect(outcomes.get(kind), kind).toBeGreaterThan(10);
  });

  it('share a statement, and each has it in its token', async () => {
    const here = await startAnew();
    const sessions = Array.from({ length: 2 * UNITS }, () => sessionOf());
    await Promise.all(sessions.map((session) => inSession(session, () => here.reserve(orderOf(1)))));
    const { products, events } = await held();
    expect(products.map(({ version, available }) => [version, available])).toEqual([
      [2, 0],
      [2, 0],
    ]);
    expect(events).toHaveLength(UNITS * SKUS.length);
    const transaction = products[0]?.writes[HERE];
    // Half of them were refused for what the others had just taken.
    for (const { seen } of sessions) expect(seen).toEqual({ [`catalog/${HERE}`]: transaction });
  });

  it('are decided anew when another process has written meanwhile', async () => {
    const here = await startAnew(new Contended(1));
    const orders = Array.from({ length: 3 }, () => orderOf(1));
    const outcomes = await Promise.all(orders.map((order) => here.reserve(order)));
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true, true]);
    const { products, events, reservations } = await held();
    expect(products.map(({ available }) => available)).toEqual([UNITS - 3, UNITS - 3]);
    expect([events.length, reservations.length]).toEqual([6, 6 + SKUS.length]);
  });

  it('are each told what holds without a write when none succeeds: one that has its units, and one that is refused anyway', async () => {
    const contended = new Contended(0);
    const here = await startAnew(contended);
    const reserved = orderOf(2);
    const first = await here.reserve(reserved);
    contended.misses = Number.POSITIVE_INFINITY;
    const [anew, again, tooMany] = await Promise.allSettled(
      [orderOf(1), reserved, orderOf(UNITS)].map((order) => here.reserve(order)),
    );
    expect(anew).toMatchObject({ status: 'rejected', reason: { problem: 'concurrent-change' } });
    expect(again).toMatchObject({ status: 'fulfilled', value: { ok: true, lines: first.ok && first.lines, left: [] } });
    expect(tooMany).toMatchObject({ status: 'fulfilled', value: { ok: false, reason: 'InsufficientStock' } });
    expect((await held()).products.map(({ available }) => available)).toEqual([UNITS - 2, UNITS - 2]);
  });

  it('do not wait for one of them whose author has seen what is not here yet', async () => {
    const here = await startAnew();
    const { promise: arrives, resolve: arrive } = Promise.withResolvers<void>();
    let isHere = false;
    const waiting = sessionOf({}, { level: 'session', isCovered: () => isHere, settle: () => arrives });
    const answered: string[] = [];
    const reserve = async (name: string, session: Session) => {
      const { ok } = await inSession(session, () => here.reserve(orderOf(1)));
      answered.push(`${name} ${ok}`);
    };
    const late = reserve('late', waiting);
    await Promise.all(['first', 'second'].map((name) => reserve(name, sessionOf())));
    expect(answered).toEqual(['first true', 'second true']);
    isHere = true;
    arrive();
    await late;
    expect(answered.at(-1)).toBe('late true');
    expect((await held()).products.map(({ available }) => available)).toEqual([UNITS - 3, UNITS - 3]);
  });

  it('lead from their traces to the one with the statement, and each event is in the trace of its own order', async () => {
    const here = await startAnew();
    const tracer = trace.getTracer('test');
    const spans: Span[] = [];
    const reserve = (name: string) =>
      tracer.startActiveSpan(name, async (span) => {
        spans.push(span);
        await here.reserve(orderOf(1));
        span.end();
      });
    await Promise.all(['first', 'second', 'third'].map(reserve));
    const traces = spans.map((span) => span.spanContext().traceId);
    const ended = traces.map((id) => {
      const found = exporter.getFinishedSpans().find((one) => one.spanContext().traceId === id);
      return [found?.attributes['meridian.turn.shared_by'], found?.links.map(({ context }) => context.traceId)];
    });
    expect(ended).toEqual([
      [3, []],
      [3, [traces[0]]],
      [3, [traces[0]]],
    ]);
    const { rows } = await tables.pool.query('SELECT traceparent FROM outbox ORDER BY id');
    const told = rows.map(({ traceparent }) => traceparent.split('-')[1]);
    expect(told).toEqual(traces.flatMap((id) => SKUS.map(() => id)));
  });
});
