import { describe, expect, it } from 'vitest';
import { readCopiedUpTo, readTaskState } from './worker-journal.ts';

const told = (key: unknown, value: unknown) => ({
  key: Buffer.from(typeof key === 'string' ? key : JSON.stringify(key)),
  value: value === null ? null : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
});
const source = { cluster: 'eu-west', partition: 3, topic: 'orders.v1' };

describe('how far a worker has copied', () => {
  it('is one further than the last record that it tells of', () =>
    expect(readCopiedUpTo(told(['MirrorSourceConnector', source], { offset: 41 }))).toEqual({
      topic: 'orders.v1',
      partition: 3,
      position: 42n,
    }));

  it('is nowhere once it was taken back', () =>
    expect(readCopiedUpTo(told(['MirrorSourceConnector', source], null))?.position).toBeNull());

  it.each([
    ['of another connector', told(['MirrorCheckpointConnector', source], { offset: 1 })],
    ['that is no JSON', told('nonsense', 'nonsense')],
    ['without a topic', told(['MirrorSourceConnector', {}], { offset: 1 })],
  ])('is not told by a record %s', (_, record) => expect(readCopiedUpTo(record)).toBeUndefined());
});

describe('how a task is', () => {
  it('is told with the last cause when it has failed', () => {
    const trace = 'ConnectException: Unrecoverable\n\tat a.b\nCaused by: X: first\n\tat c\nCaused by: Y: too large\n';
    expect(readTaskState(told('status-task-MirrorSourceConnector-1', { state: 'FAILED', trace }))).toEqual({
      task: 'task-MirrorSourceConnector-1',
      state: 'FAILED',
      why: 'Y: too large',
    });
  });

  it('is running', () =>
    expect(readTaskState(told('status-connector-MirrorSourceConnector', { state: 'RUNNING', trace: null }))).toEqual({
      task: 'connector-MirrorSourceConnector',
      state: 'RUNNING',
      why: undefined,
    }));

  it('is nothing any more when its status was deleted', () =>
    expect(readTaskState(told('status-task-MirrorSourceConnector-0', null))?.state).toBeNull());

  it.each(['status-task-MirrorHeartbeatConnector-0', 'status-topic-orders.v1:connector-MirrorSourceConnector'])(
    'is not told by %s',
    (key) => expect(readTaskState(told(key, { state: 'FAILED' }))).toBeUndefined(),
  );
});
