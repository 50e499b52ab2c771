import { expect, test } from 'vitest';
import { createPaint } from '../terminal/terminal.ts';
import { renderEvent } from './render-event.ts';

const at = new Date(2026, 10, 24, 9, 5, 7);
const paint = createPaint(false);
const logTail = ' Its log ends:\n    listening\n    Error: out of paper';

test('a death is told by name, how, and the end of the log', () => {
  const event = { type: 'died', name: 'eu-west/order', how: 'ended with code 1', logTail, restartInMs: 100 } as const;
  expect(renderEvent(event, at, paint)).toMatchInlineSnapshot(`
    "09:05:07 ! eu-west/order ended with code 1; starting it again in 100 ms. Its log ends:
        listening
        Error: out of paper"
  `);
});

test('a return is told with how long the process was away', () => {
  expect(renderEvent({ type: 'restarted', name: 'eu-west/order', afterMs: 850 }, at, paint)).toMatchInlineSnapshot(
    `"09:05:07 ✓ eu-west/order runs again, 0.8 s after it ended."`,
  );
});

test('a process that would not stay up is told as given up', () => {
  const event = { type: 'gave-up', name: 'wan', deaths: 5, how: 'ended by SIGSEGV', logTail: '' } as const;
  expect(renderEvent(event, at, paint)).toMatchInlineSnapshot(
    `"09:05:07 ✗ wan ended by SIGSEGV, 5 deaths in a short time: given up."`,
  );
});
