import { expect, test } from 'vitest';
import { createPaint } from '../terminal/terminal.ts';
import { renderEndedStep, renderUnderWay } from './render-step.ts';

const paint = createPaint(false);

test('a step that has ended is told with its seconds; one broken off is not called a failure', () => {
  const lines = [
    renderEndedStep({ name: 'eu-west: Kafka', state: 'done', ms: 912 }, paint),
    renderEndedStep({ name: 'eu-west: topics', state: 'failed', ms: 40 }, paint),
    renderEndedStep({ name: 'us-east: topics', state: 'failed', ms: 61 }, paint, true),
  ];
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "✓ eu-west: Kafka (0.9 s)
    ✗ eu-west: topics (0.0 s)
    – us-east: topics, broken off (0.1 s)"
  `);
});

test('what is under way is told with its seconds so far, one line each', () => {
  const underWay = [
    { name: 'eu-west: Kafka', ms: 1_230 },
    { name: 'us-east: PostgreSQL', ms: 80 },
  ];
  expect(renderUnderWay(underWay, 0, { width: 80, paint }).join('\n')).toMatchInlineSnapshot(`
    "⠋ eu-west: Kafka 1.2 s
    ⠋ us-east: PostgreSQL 0.1 s"
  `);
});

test.each([20, 40])('nothing under way takes more than the %i columns of a terminal', (width) => {
  const underWay = [{ name: 'a name that is much longer than most names of steps are', ms: 12_345 }];
  for (const line of renderUnderWay(underWay, 3, { width, paint })) expect(line.length).toBeLessThanOrEqual(width);
});
