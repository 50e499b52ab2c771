import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { listenForStop } from './stop-requests.ts';

function listening(sameWithinMs: number) {
  const source = new EventEmitter();
  let again = 0;
  let goes: () => void = () => undefined;
  const terminal = {
    whenGone: (then: () => void) => {
      goes = then;
    },
  };
  const requests = listenForStop(terminal, () => again++, source, sameWithinMs);
  return { source, requests, goes: () => goes(), again: () => again };
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('%s asks to stop', (name) => {
  const { source, requests } = listening(500);
  expect(requests.signal.aborted).toBe(false);
  source.emit(name);
  expect(requests.signal.aborted).toBe(true);
});

test('a reader who went away asks to stop', () => {
  const { requests, goes } = listening(500);
  goes();
  expect(requests.signal.aborted).toBe(true);
});

test('the same Ctrl-C by two ways is one request; a later one is told as such', () => {
  const twoWays = listening(500);
  twoWays.source.emit('SIGINT');
  twoWays.source.emit('SIGINT');
  expect(twoWays.again()).toBe(0);

  const later = listening(-1);
  later.source.emit('SIGINT');
  later.source.emit('SIGINT');
  expect(later.again()).toBe(1);
});

test('signals have their usual effect again when nothing is left to stop', () => {
  const { source, requests } = listening(500);
  requests.stopListening();
  expect(source.eventNames()).toEqual([]);
});
