import { expect, test } from 'vitest';
import { renderDown } from './render-down.ts';

test.each([
  [{ stoppedRunner: 4711, leftovers: [] }, 0, 'Stopped Meridian (pid 4711) in 3.2 s.'],
  [{ stoppedRunner: 4711, leftovers: [] }, 300, 'Stopped Meridian at port offset 300 (pid 4711) in 3.2 s.'],
  [
    { stoppedRunner: 4711, leftovers: ['wan'] },
    0,
    'Stopped Meridian (pid 4711) in 3.2 s. It had left processes behind; ended wan.',
  ],
  [{ stoppedRunner: undefined, leftovers: [] }, 0, 'Meridian was not running.'],
  [
    { stoppedRunner: undefined, leftovers: ['eu-west/kafka', 'wan'] },
    0,
    'Meridian was not running, but a run that was killed had left processes behind; ended eu-west/kafka, wan.',
  ],
])('says what was stopped: %j at offset %i', (result, portOffset, sentence) => {
  expect(renderDown(result, 3_210, portOffset)).toBe(sentence);
});
