import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DelayLine, type Segment } from './delay-line.ts';
import { Path } from './path.ts';

const settings = { delayMs: 10, jitterMs: 0, bandwidthMbps: 0 };
const data = (text: string): Segment => ({ kind: 'data', bytes: Buffer.from(text) });

function openLine(options: Partial<typeof settings> = {}, random = () => 0) {
  const path = new Path({ ...settings, ...options }, random);
  const line = new DelayLine(path, false);
  line.open(0);
  return { path, line };
}

function takeAll(line: DelayLine, nowMs: number): string {
  let text = '';
  for (let segment = line.take(nowMs); segment; segment = line.take(nowMs))
    text += segment.kind === 'data' ? segment.bytes.toString() : `<${segment.kind}>`;
  return text;
}

test('a segment arrives one delay after it was sent, and not before', () => {
  const { line } = openLine();
  line.push(data('a'), 5);
  expect(line.nextArrivalMs).toBe(15);
  expect(takeAll(line, 14.9)).toBe('');
  expect(takeAll(line, 15)).toBe('a');
  expect(line.nextArrivalMs).toBe(Number.POSITIVE_INFINITY);
});

test('a large segment takes its time on the wire, and what comes behind it waits', () => {
  const { line } = openLine({ bandwidthMbps: 1 });
  line.push(data('x'.repeat(1_250)), 0);
  line.push(data('y'), 0);
  expect(takeAll(line, 20)).toHaveLength(1_250);
  expect(takeAll(line, 20.01)).toBe('y');
});

test('before the connection is open only its opening leaves', () => {
  const line = new DelayLine(new Path(settings, () => 0), false);
  line.push({ kind: 'open' }, 0);
  line.push(data('early'), 0);
  expect(takeAll(line, 10)).toBe('<open>');
  expect(takeAll(line, 1_000)).toBe('');
  line.open(20);
  expect(takeAll(line, 29)).toBe('');
  expect(takeAll(line, 30)).toBe('early');
});

test('healing a black hole during set-up sends the opening again, but not yet the bytes', () => {
  const line = new DelayLine(new Path(settings, () => 0), true);
  line.push({ kind: 'open' }, 0);
  line.push(data('early'), 0);
  expect(takeAll(line, 1_000)).toBe('');
  line.unblock(1_000);
  expect(takeAll(line, 2_000)).toBe('<open>');
  line.open(2_000);
  expect(takeAll(line, 2_010)).toBe('early');
});

test('what a black hole catches on its way is sent again after healing, in order', () => {
  const { line } = openLine();
  line.push(data('a'), 0);
  line.block();
  line.push(data('b'), 1);
  line.push({ kind: 'end' }, 2);
  expect(takeAll(line, 100)).toBe('');
  expect(line.heldBytes).toBe(2);
  line.unblock(100);
  expect(takeAll(line, 109)).toBe('');
  expect(takeAll(line, 110)).toBe('ab<end>');
  expect(line.heldBytes).toBe(0);
});

const act = <A extends string>(action: A, amount: fc.Arbitrary<number> = fc.constant(0)) =>
  fc.record({ do: fc.constant(action), amount });
const step = fc.oneof(
  { weight: 4, arbitrary: act('push', fc.integer({ min: 1, max: 40 })) },
  { weight: 4, arbitrary: act('take') },
  { weight: 2, arbitrary: act('setDelay', fc.nat(30)) },
  { weight: 1, arbitrary: act('block') },
  { weight: 1, arbitrary: act('unblock') },
);

const draws = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }));

test('whatever happens to a path, bytes arrive once, in order, never early, and none while it is blocked', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(step, fc.nat(8)), { maxLength: 60 }), draws, (steps, draw) => {
      const rest = { jitterMs: 15, bandwidthMbps: 1 };
      const { path, line } = openLine(rest, () => draw.next().value);
      let [nowMs, delayMs, blocked, sent, arrived] = [0, settings.delayMs, false, '', ''];
      /** For each byte, when it may arrive at the earliest. */
      let earliestMs: number[] = [];
      const sendMs = () => (blocked ? Number.POSITIVE_INFINITY : nowMs + delayMs);
      for (const [{ do: action, amount }, laterMs] of steps) {
        nowMs += laterMs;
        if (action === 'push') {
          const text = String.fromCharCode(97 + (sent.length % 26)).repeat(amount);
          line.push(data(text), nowMs);
          sent += text;
          earliestMs.push(...Array<number>(amount).fill(sendMs()));
        } else if (action === 'take') {
          const got = takeAll(line, nowMs);
          arrived += got;
          if (blocked) expect(got).toBe('');
          for (const ms of earliestMs.slice(0, arrived.length)) expect(ms).toBeLessThanOrEqual(nowMs);
          expect(sent.startsWith(arrived)).toBe(true);
          expect(line.heldBytes).toBe(sent.length - arrived.length);
        } else if (action === 'setDelay') {
          delayMs = amount;
          path.configure({ ...rest, delayMs });
        } else {
          const resent = action === 'unblock' && blocked;
          blocked = action === 'block';
          if (blocked) line.block();
          else line.unblock(nowMs);
          if (resent) earliestMs = earliestMs.map((ms, i) => (i < arrived.length ? ms : sendMs()));
        }
      }
      line.unblock(nowMs);
      expect(arrived + takeAll(line, nowMs + 1e6)).toBe(sent);
    }),
  );
});
