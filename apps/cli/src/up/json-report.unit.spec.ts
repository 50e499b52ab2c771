import { expect, test } from 'vitest';
import { jsonReport } from './json-report.ts';

test('every line is one JSON object that says what it tells, and when', () => {
  const lines: string[] = [];
  const report = jsonReport(
    (text) => lines.push(text),
    () => new Date('2026-11-24T12:00:00Z'),
  );
  report.step({ name: 'wan', state: 'started' });
  report.step({ name: 'wan', state: 'done', ms: 612.4 });
  report.note('Ended what a killed run had left behind: wan.');
  report.event({
    type: 'died',
    name: 'wan',
    how: 'ended by SIGKILL',
    logTail: ' Its log ends:\n    a',
    restartInMs: 50,
  });
  report.event({ type: 'restarted', name: 'wan', afterMs: 400 });
  report.stopping();
  report.stoppingAlready(['wan']);
  report.stopped(3_204.7);
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "{"type":"step","at":"2026-11-24T12:00:00.000Z","name":"wan","state":"started"}
    {"type":"step","at":"2026-11-24T12:00:00.000Z","name":"wan","state":"done","ms":612}
    {"type":"note","at":"2026-11-24T12:00:00.000Z","sentence":"Ended what a killed run had left behind: wan."}
    {"type":"died","at":"2026-11-24T12:00:00.000Z","name":"wan","how":"ended by SIGKILL","logTail":" Its log ends:\\n    a","restartInMs":50}
    {"type":"restarted","at":"2026-11-24T12:00:00.000Z","name":"wan","afterMs":400}
    {"type":"stopping","at":"2026-11-24T12:00:00.000Z"}
    {"type":"stopping-already","at":"2026-11-24T12:00:00.000Z","left":["wan"]}
    {"type":"stopped","at":"2026-11-24T12:00:00.000Z","ms":3205}"
  `);
});
