import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { renderWaterfall } from './render-waterfall.ts';
import { placedOrder, traceOf } from './waterfall.fixture.ts';

const regions = ['us-east', 'eu-west', 'ap-southeast'];
const rttHalfMs: Record<string, number> = { 'us-east': 42.45, 'ap-southeast': 89.45 };
const linkMs = (_origin: string, reader: string) => rttHalfMs[reader] ?? 0;
const options = { regions, width: 120, color: false, linkMs };
const draw = (trace = traceOf(placedOrder), changed: Partial<typeof options> = {}) =>
  renderWaterfall(trace, { ...options, ...changed });
const linesOf = (text: string) => text.split('\n');
/** The one line that holds all of these. */
const lineWith = (text: string, ...parts: string[]) => {
  const found = linesOf(text).filter((line) => parts.every((part) => line.includes(part)));
  expect(found, parts.join(' and ')).toHaveLength(1);
  return found[0] as string;
};

it('an order placed in eu-west, read in the other regions', () => {
  expect(draw()).toMatchInlineSnapshot(`
    "trace 4bf92f3577b34da6a3ce929d0e0e4736
    22 spans of edge, order, catalog, replicator in us-east, eu-west, ap-southeast
    answered after 17.3 ms; 118 ms until its last step ended, in ap-southeast

                                                           at   took │edge        │us-east     │eu-west     │ap-southeast
                                                           ms     ms │0─────118 ms│0─────118 ms│0─────118 ms│0─────118 ms
    edge POST /orders → 201                                 0   17.3 │██          │            │            │
    └ edge → eu-west                                        0   16.7 │█▌          │            │            │
      │   link edge->eu-west/order                                   │            │            │            │
      └ order POST /orders → 201                            1   14.8 │            │            │█▌          │
        ├ SQL SELECT orders                                 2    1.7 │            │            │▌           │
        ├ POST /reservations                                4    6.6 │            │            │█           │
        │ └ catalog POST /reservations → 200                4    5.3 │            │            │█           │
        │   ├ SQL INSERT products, outbox, …                6    2.8 │            │            │▐           │
        │   └ send products.v1                             10    2.2 │            │            │ ▌          │
        │     ├ replicator replicate eu-west.products.v1   55    4.1 │            │     ▐      │            │
        │     │     lag 52.0 ms, link eu-west->us-east               │            │            │            │
        │     ├ process eu-west.products.v1                61    5.4 │            │      ▌     │            │
        │     │ │   lag 61.0 ms, link eu-west->us-east               │            │            │            │
        │     │ └ SQL INSERT products, inbox               62    3.9 │            │      ▌     │            │
        │     ├ replicator replicate eu-west.products.v1  103    4.1 │            │            │            │          █
        │     │     lag 99.0 ms, link eu-west->ap-southeast          │            │            │            │
        │     └ process eu-west.products.v1               109    5.4 │            │            │            │           ▌
        │       │   lag 108 ms, link eu-west->ap-southeast           │            │            │            │
        │       └ SQL INSERT products, inbox              110    3.9 │            │            │            │           ▌
        ├ SQL INSERT orders, outbox                        11    3.1 │            │            │ ▌          │
        └ send orders.v1                                   15    1.9 │            │            │ ▐          │
          ├ replicator replicate eu-west.orders.v1         60    4.1 │            │      ▌     │            │
          │     lag 50.0 ms, link eu-west->us-east                   │            │            │            │
          ├ process eu-west.orders.v1                      66    5.4 │            │      ▐     │            │
          │ │   lag 59.0 ms, link eu-west->us-east                   │            │            │            │
          │ └ SQL INSERT orders, inbox                     67    3.9 │            │      ▐     │            │
          ├ replicator replicate eu-west.orders.v1        107    4.1 │            │            │            │          ▐▌
          │     lag 98.0 ms, link eu-west->ap-southeast              │            │            │            │
          └ process eu-west.orders.v1                     113    5.4 │            │            │            │           █
            │   lag 107 ms, link eu-west->ap-southeast               │            │            │            │
            └ SQL INSERT orders, inbox                    114    3.9 │            │            │            │           ▐

    readable in us-east       +61.0 ms after the commit in eu-west (link 42.5 ms): products.v1 +61.0 ms, orders.v1 +59.0 ms
    readable in ap-southeast  +108 ms after the commit in eu-west (link 89.5 ms): products.v1 +108 ms, orders.v1 +107 ms"
  `);
});

it('tells the time of the answer by the outermost server, in whatever order spans have come in', () =>
  expect(draw(traceOf([...placedOrder].reverse()))).toContain('\nanswered after 17.3 ms; '));

describe('any terminal', () => {
  it.each([60, 80, 100, 120, 200])('of %i columns holds every line', (width) => {
    for (const line of linesOf(draw(undefined, { width }))) expect(line.length).toBeLessThanOrEqual(width);
  });

  it.each([100, 120])('of %i columns shows the name of every step whole', (width) => {
    const text = draw(undefined, { width });
    for (const { name, tags } of placedOrder) if (!tags?.['db.query.text']) expect(text).toContain(name);
  });

  it('with colours shows the same text, each region in a colour of its own', () => {
    const colored = draw(undefined, { color: true });
    expect(stripVTControlCharacters(colored)).toBe(draw());
    const colorOf = (region: string) => colored.match(new RegExp(`\\x1b\\[(\\d+)m${region}`))?.[1];
    const used = ['us-east', 'eu-west', 'ap-southea'].map(colorOf);
    expect(used.every((code) => code !== undefined)).toBe(true);
    expect(new Set(used).size).toBe(3);
  });

  it('without colours gets no control character', () => expect(draw()).toBe(stripVTControlCharacters(draw())));
});

describe('a bar', () => {
  const columnsOf = (line: string) => line.split('│').slice(-4);

  it('stands in the column of the region where the step ran, and in no other', () => {
    const [edge, , , ...more] = linesOf(draw()).filter((line) => line.includes('POST /orders'));
    expect(more).toEqual([]);
    expect(columnsOf(edge as string).map((cell) => /[█▌▐]/.test(cell))).toEqual([true, false, false, false]);
    const copies = linesOf(draw()).filter((line) => line.includes('replicate eu-west.orders.v1'));
    const inColumn = (line: string) => line.split('│').findIndex((cell) => /[█▌▐]/.test(cell));
    const [toUsEast, toApSoutheast] = copies.map(inColumn);
    expect(toUsEast).toBeGreaterThan(0);
    expect(toApSoutheast).toBe((toUsEast ?? 0) + 2);
  });

  it('stands further right the later the step began, and is longer the longer it took', () => {
    const trace = traceOf([
      { id: 'a', service: 's', region: 'eu-west', name: 'whole', atMs: 0, tookMs: 100 },
      { id: 'b', parent: 'a', service: 's', region: 'eu-west', name: 'second half', atMs: 50, tookMs: 50 },
      { id: 'c', parent: 'a', service: 's', region: 'eu-west', name: 'instant', atMs: 99.9, tookMs: 0 },
    ]);
    const cell = (name: string) => lineWith(draw(trace), name).split('│')[2] ?? '';
    const width = cell('whole').length;
    expect(cell('whole')).toBe('█'.repeat(width));
    expect(cell('second half')).toBe(' '.repeat(width / 2) + '█'.repeat(width / 2));
    expect(cell('instant')).toBe(`${' '.repeat(width - 1)}▐`);
  });
});

describe('the tree', () => {
  it('has children below their parent, one level further in', () => {
    const lines = linesOf(draw());
    const at = (part: string) => lines.findIndex((line) => line.includes(part));
    const indentOf = (part: string) => lines[at(part)]?.search(/[A-Za-z]/) ?? -1;
    const path = [
      'edge POST',
      'edge → eu-west',
      'order POST',
      '├ POST /reservations',
      'catalog POST',
      'send products.v1',
    ];
    expect(path.map(at)).toEqual(path.map(at).toSorted((a, b) => a - b));
    expect(path.map(indentOf)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(at('send products.v1')).toBeLessThan(at('send orders.v1'));
  });

  it('shows a span whose parent is missing, and says so', () => {
    const text = draw(traceOf(placedOrder.filter(({ id }) => id !== 'order')));
    expect(lineWith(text, 'order POST /reservations').startsWith('order')).toBe(true);
    expect(text.match(/its parent order is not in this trace/g)).toHaveLength(4);
    expect(text).toContain('21 spans');
  });

  it('loses no span, also when spans claim to be each other’s parents', () => {
    const text = draw(
      traceOf([
        { id: 'a', parent: 'b', service: 's', name: 'hen', atMs: 0, tookMs: 1 },
        { id: 'b', parent: 'a', service: 's', name: 'egg', atMs: 0, tookMs: 1 },
        { id: 'c', parent: 'c', service: 's', name: 'itself', atMs: 0, tookMs: 1 },
      ]),
    );
    for (const name of ['hen', 'egg', 'itself']) lineWith(text, name);
  });

  it('survives clocks that differ: a child may begin before its parent', () => {
    const skewed = placedOrder.map((step) => (step.id === 'catalog' ? { ...step, atMs: -8 } : step));
    const text = draw(traceOf(skewed));
    expect(lineWith(text, 'catalog POST /reservations')).toMatch(/ 0 +5\.3 /);
    lineWith(text, 'begins 12.0 ms before its parent (clock skew)');
    lineWith(text, 'edge POST /orders', ' 8 ');
  });
});

describe('what is said of a step', () => {
  it('tells a statement by what it does: the order and its event are one', () =>
    lineWith(draw(), 'SQL INSERT orders, outbox'));

  it('names the link and the lag of what came from another region', () => {
    lineWith(draw(), 'lag 59.0 ms, link eu-west->us-east');
    lineWith(draw(), 'lag 107 ms, link eu-west->ap-southeast');
  });

  it('marks an error, with its kind, also without colours', () => {
    const failed = placedOrder.map((step) =>
      step.id === 'call' ? { ...step, tags: { error: true, 'error.type': 'RegionDraining' } } : step,
    );
    const text = draw(traceOf(failed));
    lineWith(text, '✗ POST /reservations');
    lineWith(text, 'error: RegionDraining');
  });
});

describe('below the waterfall', () => {
  it('says for each other region when all could be read there', () => {
    expect(linesOf(draw(undefined, { width: 80 })).slice(-2)).toEqual([
      'readable in us-east       +61.0 ms after the commit in eu-west (link 42.5 ms)',
      'readable in ap-southeast  +108 ms after the commit in eu-west (link 89.5 ms)',
    ]);
  });

  it('claims nothing of a region that has not reported, or has applied only some of it', () => {
    const some = placedOrder.filter(({ id }) => !/^ap-southeast|^us-east.orders/.test(id));
    expect(linesOf(draw(traceOf(some))).slice(-2)).toEqual([
      'not yet seen in us-east       orders.v1 of eu-west (link 42.5 ms)',
      'not yet seen in ap-southeast  products.v1, orders.v1 of eu-west (link 89.5 ms)',
    ]);
  });

  it('says nothing of a request that wrote nothing', () => {
    const read = traceOf([
      { id: 'a', service: 'order', region: 'eu-west', kind: 'server', name: 'GET /orders', atMs: 0, tookMs: 2 },
    ]);
    expect(draw(read)).not.toContain('readable');
    expect(draw(read)).not.toContain('not yet');
  });

  it('passes on what the trace store warns of', () =>
    expect(draw(traceOf(placedOrder, ['This trace is not whole: 3 spans were dropped.']))).toContain(
      'not whole: 3 spans',
    ));
});

it('knows regions that the topology does not', () => {
  const trace = traceOf([{ id: 'a', service: 'order', region: 'sa-east', name: 'GET /orders', atMs: 0, tookMs: 2 }]);
  expect(lineWith(draw(trace), '│sa-east')).toContain('ap-southeast');
  expect(lineWith(draw(trace), 'GET /orders').split('│').at(-1)).toContain('█');
});
