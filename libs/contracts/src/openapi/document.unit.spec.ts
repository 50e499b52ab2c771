import { describe, expect, it } from 'vitest';
import { openApiOf } from './document.ts';
import { type ApiService, OPERATIONS } from './operations.ts';

const services = Object.keys(OPERATIONS) as ApiService[];
const operations = services.flatMap((service) => OPERATIONS[service].map((operation) => ({ service, ...operation })));

describe.each(operations)('$service $method $path', (operation) => {
  it('has a summary that is one phrase', () => expect(operation.summary).toMatch(/^[A-Z].{10,}[^.]$/));
  it('describes every parameter of its path', () => {
    const named = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(Object.keys(operation.pathParameters ?? {})).toEqual(named);
  });
  it('takes a body unless it reads', () => expect(operation.body === undefined).toBe(operation.method === 'get'));
});

describe.each(services)('the document of %s', (service) => {
  const document = openApiOf(service);

  it('holds every operation once', () => {
    const held = Object.entries(document.paths).flatMap(([path, item]) => Object.keys(item).map((m) => `${m} ${path}`));
    expect(held.sort()).toEqual(OPERATIONS[service].map((o) => `${o.method} ${o.path}`).sort());
  });
  it('refers to no schema that it does not hold', () => {
    const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name,
    );
    for (const name of references) expect(document.components.schemas).toHaveProperty(name as string);
  });
  it('is JSON', () => expect(JSON.parse(JSON.stringify(document))).toEqual(document));
  it('leaves out what the edge does not route when asked to', () => {
    const paths = Object.keys(openApiOf(service, { publicOnly: true }).paths);
    expect(paths).not.toContain('/digest');
    expect(paths).not.toContain('/reservations');
    expect(paths.length).toBeGreaterThan(1);
  });
});

describe('the document of order', () => {
  const place = openApiOf('order').paths['/orders']?.post as {
    parameters: unknown[];
    responses: Record<string, { description: string }>;
  };

  it('says that placing needs a key, and what can be answered', () => {
    expect(place.parameters[0]).toMatchObject({ name: 'idempotency-key', in: 'header', required: true });
    expect(Object.keys(place.responses).sort()).toEqual([
      '200',
      '201',
      '400',
      '409',
      '413',
      '415',
      '422',
      '500',
      '502',
      '503',
      '504',
    ]);
  });
  it('tells apart the problems of one status', () => {
    expect(place.responses['409']?.description).toContain('`insufficient-stock`');
    expect(place.responses['409']?.description).toContain('`request-in-progress`');
  });
  it('carries the rules of the contract', () =>
    expect(openApiOf('order').components.schemas.PlaceOrderRequest).toMatchObject({
      type: 'object',
      additionalProperties: false,
      required: ['customerId', 'lines'],
      properties: { lines: { type: 'array', minItems: 1, maxItems: 50 } },
    }));
});

describe('a page of products', () => {
  it('is asked for with numbers, none of them required', () => {
    const list = openApiOf('catalog').paths['/products']?.get as { parameters: unknown[] };
    expect(list.parameters.slice(0, 3)).toMatchObject([
      { name: 'limit', in: 'query', required: false, schema: { minimum: 1, maximum: 200, default: 50 } },
      { name: 'after', in: 'query', required: false },
      { name: 'tag', in: 'query', required: false },
    ]);
  });
});

describe('what can be asked of consistency', () => {
  const document = openApiOf('user');
  const find = document.paths['/users/{id}']?.get as {
    parameters: { name: string; required: boolean; schema: unknown }[];
    responses: Record<string, { description: string; headers?: Record<string, unknown> }>;
  };

  it('is said of every operation on what is kept', () => {
    expect(find.parameters.slice(1)).toMatchObject([
      { name: 'x-meridian-consistency', required: false, schema: { enum: ['eventual', 'session', 'strong'] } },
      { name: 'x-meridian-token', required: false },
    ]);
    expect(Object.keys(find.responses['200']?.headers ?? {})).toEqual([
      'x-meridian-region',
      'x-meridian-consistency',
      'x-meridian-token',
      'x-meridian-staleness-ms',
    ]);
    expect(find.responses['503']?.description).toContain('`consistency-unavailable`');
  });
  it('is not said of what operators ask of a process', () =>
    expect(document.paths['/lag']?.get).toMatchObject({
      parameters: [],
      responses: { 200: { description: 'Lag by origin' } },
    }));
});
