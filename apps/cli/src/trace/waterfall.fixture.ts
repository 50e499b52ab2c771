import type { JaegerSpan, JaegerTrace } from './jaeger-trace.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const START_US = 1_795_600_000_000_000;

interface Step {
  id: string;
  parent?: string;
  service: string;
  region?: string;
  kind?: string;
  name: string;
  atMs: number;
  tookMs: number;
  tags?: Record<string, string | number | boolean>;
}

export function traceOf(steps: readonly Step[], warnings: string[] | null = null): JaegerTrace {
  const processes: JaegerTrace['processes'] = {};
  const spans = steps.map(({ id, parent, service, region, kind, name, atMs, tookMs, tags }): JaegerSpan => {
    const processID = `${service} ${region}`;
    processes[processID] = { serviceName: service, tags: region ? [{ key: 'cloud.region', value: region }] : [] };
    return {
      traceID: TRACE_ID,
      spanID: id,
      operationName: name,
      references: parent ? [{ refType: 'CHILD_OF', traceID: TRACE_ID, spanID: parent }] : [],
      startTime: START_US + Math.round(atMs * 1000),
      duration: Math.round(tookMs * 1000),
      tags: Object.entries({ ...tags, ...(kind ? { 'span.kind': kind } : {}) }).map(([key, value]) => ({ key, value })),
      processID,
    };
  });
  return { traceID: TRACE_ID, spans, processes, warnings };
}

const sql = (statement: string) => ({ 'db.system.name': 'postgresql', 'db.query.text': statement });
const arrival = (reader: string, lagMs: number) => ({
  'meridian.link': `eu-west->${reader}`,
  'meridian.origin.region': 'eu-west',
  'meridian.lag_ms': lagMs,
});

/** A topic of eu-west in another region: copied over the link, taken and applied there. */
function applied(service: string, topic: string, send: string, reader: string, atMs: number, lagMs: number): Step[] {
  const id = `${reader}/${topic}`;
  const table = topic.replace('.v1', '');
  return [
    {
      id: `${id}/replicate`,
      parent: send,
      service: 'replicator',
      region: reader,
      kind: 'consumer',
      name: `replicate eu-west.${topic}`,
      atMs,
      tookMs: 4.1,
      tags: arrival(reader, lagMs - 9),
    },
    {
      id: `${id}/process`,
      parent: send,
      service,
      region: reader,
      kind: 'consumer',
      name: `process eu-west.${topic}`,
      atMs: atMs + 6,
      tookMs: 5.4,
      tags: arrival(reader, lagMs),
    },
    {
      id: `${id}/sql`,
      parent: `${id}/process`,
      service,
      region: reader,
      kind: 'client',
      name: `pg.query:s2 ${service}`,
      atMs: atMs + 7,
      tookMs: 3.9,
      tags: sql(`WITH written AS (INSERT INTO ${table} AS known …), noted AS (INSERT INTO inbox …)`),
    },
  ];
}

/** An order placed in eu-west, and what followed of it in the other regions. */
export const placedOrder: Step[] = [
  {
    id: 'edge',
    service: 'edge',
    kind: 'server',
    name: 'POST /orders',
    atMs: 0,
    tookMs: 17.3,
    tags: { 'http.response.status_code': 201 },
  },
  {
    id: 'attempt',
    parent: 'edge',
    service: 'edge',
    kind: 'client',
    name: 'edge → eu-west',
    atMs: 0,
    tookMs: 16.7,
    tags: { 'meridian.link': 'edge->eu-west/order' },
  },
  {
    id: 'order',
    parent: 'attempt',
    service: 'order',
    region: 'eu-west',
    kind: 'server',
    name: 'POST /orders',
    atMs: 1,
    tookMs: 14.8,
    tags: { 'http.response.status_code': 201 },
  },
  {
    id: 'claim',
    parent: 'order',
    service: 'order',
    region: 'eu-west',
    kind: 'client',
    name: 'pg.query:s1 order',
    atMs: 2,
    tookMs: 1.7,
    tags: sql('SELECT "public"."orders"."id" FROM "public"."orders"'),
  },
  {
    id: 'call',
    parent: 'order',
    service: 'order',
    region: 'eu-west',
    kind: 'client',
    name: 'POST /reservations',
    atMs: 4,
    tookMs: 6.6,
  },
  {
    id: 'catalog',
    parent: 'call',
    service: 'catalog',
    region: 'eu-west',
    kind: 'server',
    name: 'POST /reservations',
    atMs: 4,
    tookMs: 5.3,
    tags: { 'http.response.status_code': 200 },
  },
  {
    id: 'reserve',
    parent: 'catalog',
    service: 'catalog',
    region: 'eu-west',
    kind: 'client',
    name: 'pg.query:s2 catalog',
    atMs: 6,
    tookMs: 2.8,
    tags: sql(
      'WITH written AS (INSERT INTO products …), appended AS (INSERT INTO outbox …), reserved AS (INSERT INTO reservations …)',
    ),
  },
  {
    id: 'send-products',
    parent: 'catalog',
    service: 'catalog',
    region: 'eu-west',
    kind: 'producer',
    name: 'send products.v1',
    atMs: 10,
    tookMs: 2.2,
  },
  ...applied('catalog', 'products.v1', 'send-products', 'us-east', 55, 61),
  ...applied('catalog', 'products.v1', 'send-products', 'ap-southeast', 103, 108),
  {
    id: 'write',
    parent: 'order',
    service: 'order',
    region: 'eu-west',
    kind: 'client',
    name: 'pg.query:s2 order',
    atMs: 11,
    tookMs: 3.1,
    tags: sql('WITH written AS (INSERT INTO orders …), appended AS (INSERT INTO outbox …)'),
  },
  {
    id: 'send-orders',
    parent: 'order',
    service: 'order',
    region: 'eu-west',
    kind: 'producer',
    name: 'send orders.v1',
    atMs: 15,
    tookMs: 1.9,
  },
  ...applied('order', 'orders.v1', 'send-orders', 'us-east', 60, 59),
  ...applied('order', 'orders.v1', 'send-orders', 'ap-southeast', 107, 107),
];
