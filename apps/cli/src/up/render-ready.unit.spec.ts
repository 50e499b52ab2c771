import { expect, test } from 'vitest';
import { createPaint } from '../terminal/terminal.ts';
import { type Ready, renderReady } from './render-ready.ts';

const paint = createPaint(false);
const ready: Ready = {
  regions: 3,
  tookMs: 27_431,
  until: 'first-orders-everywhere',
  edgeUrl: 'http://127.0.0.1:8080',
  docsUrl: 'http://127.0.0.1:8080/docs',
  tracesUrl: 'http://127.0.0.1:16686',
  logsDir: '.meridian/logs',
  processes: 21,
  totalRssBytes: 2_040_109_465,
  ownRssBytes: 98_566_144,
  portOffset: 0,
};

test('says where everything is, what it takes, and what the time counts', () => {
  expect(renderReady(ready, paint)).toMatchInlineSnapshot(`
    "✓ 3 regions serve.

      edge    http://127.0.0.1:8080
      docs    http://127.0.0.1:8080/docs
      traces  http://127.0.0.1:16686  (Jaeger's query API)
      logs    .meridian/logs
      memory  1.90 GB in 21 processes, and 94 MB in this one
      time    27.4 s from "meridian up" until the first orders were read everywhere

      npx meridian status        what runs, and what the edge sees
      npx meridian order         an order, watched into every region
      npx meridian fault --help  break it

    Ctrl-C stops everything."
  `);
});

test('the word that scripts wait for stands in the last line only', () => {
  const lines = renderReady(ready, paint).split('\n');
  expect(lines.filter((line) => line.includes('Ctrl-C'))).toEqual([lines.at(-1)]);
});

test('without first orders the time is that until all serve', () => {
  expect(renderReady({ ...ready, until: 'serving' }, paint)).toContain('27.4 s from "meridian up" until all served');
});

test('commands name the instance when it is not the usual one, and fit 80 columns', () => {
  const text = renderReady({ ...ready, portOffset: 300 }, paint);
  expect(text).toContain('npx meridian status --port-offset 300');
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});
