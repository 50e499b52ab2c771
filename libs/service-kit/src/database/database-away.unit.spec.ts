import { describe, expect, it } from 'vitest';
import { isDatabaseAway, isOutcomeUnknown } from './database-away.ts';

/** As Prisma 7.10 with adapter-pg threw them while a server was stopped, killed and started under it. */
const ofDriver = (cause: object, code = 'P2010') =>
  Object.assign(new Error('Raw query failed.'), { code, meta: { driverAdapterError: { cause } } });

describe('a database that is away', () => {
  it.each([
    ['cannot be reached', ofDriver({ kind: 'DatabaseNotReachable', host: '127.0.0.1', port: 1 })],
    ['cannot be reached by the query engine', Object.assign(new Error('x'), { code: 'P1001' })],
    ['is shut down under a statement', ofDriver({ kind: 'postgres', code: '57P01', originalCode: '57P01' })],
    ['is starting up', ofDriver({ kind: 'postgres', code: '57P03', originalCode: '57P03' })],
    ['is killed under a statement', new Error('Connection terminated unexpectedly')],
    ['gives no connection in time', new Error('timeout exceeded when trying to connect')],
    ['has no connection left', ofDriver({ kind: 'TooManyConnections', originalCode: '53300' })],
    ['resets the connection', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })],
    ['ends a deadlock', ofDriver({ kind: 'TransactionWriteConflict', originalCode: '40P01' })],
  ])('is told when it %s', (_how, failure) => expect(isDatabaseAway(failure)).toBe(true));
});

describe('a database that is there', () => {
  it.each([
    ['jsonb that does not take a text', ofDriver({ kind: 'postgres', code: '22P05', originalCode: '22P05' })],
    ['a broken constraint', ofDriver({ kind: 'postgres', code: '23514', originalCode: '23514' })],
    ['a table that is not', ofDriver({ kind: 'TableDoesNotExist', originalCode: '42P01' })],
    ['a value of the wrong form', ofDriver({ kind: 'InvalidInputValue', originalCode: '22P02' })],
    ['a fault of ours', new TypeError('x is not a function')],
    ['no error at all', 'away'],
  ])('is told by %s', (_what, failure) => expect(isDatabaseAway(failure)).toBe(false));
});

describe('what was asked of a database that is away', () => {
  it.each([
    ['when it cannot be reached', ofDriver({ kind: 'DatabaseNotReachable' }), false],
    ['when it gives no connection in time', new Error('timeout exceeded when trying to connect'), false],
    ['when it is starting up', ofDriver({ kind: 'postgres', code: '57P03', originalCode: '57P03' }), false],
    ['when it ends a deadlock', ofDriver({ kind: 'TransactionWriteConflict', originalCode: '40P01' }), false],
    ['when it is shut down under the statement', ofDriver({ code: '57P01', originalCode: '57P01' }), true],
    ['when it is killed under the statement', new Error('Connection terminated unexpectedly'), true],
    ['when it resets the connection', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), true],
  ])('may have been done %s: %s', (_when, failure, unknown) => {
    expect(isDatabaseAway(failure)).toBe(true);
    expect(isOutcomeUnknown(failure)).toBe(unknown);
  });
});
