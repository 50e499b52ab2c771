import { describe, expect, test } from 'vitest';
import { readingsIn } from './src/invariants/sessions.ts';
import { Bell, Host, Signal, type Task, within } from './src/kernel/host.ts';
import { Kernel } from './src/kernel/kernel.ts';
import { Link } from './src/kernel/link.ts';
import { Switch } from './src/kernel/switch.ts';
import { readBelowHorizon } from './src/model/outbox.ts';
import { Postgres, type Statement } from './src/model/postgres.ts';
import { MUTANTS } from './src/mutants.ts';
import { explain } from './src/run/explain.ts';
import { runSchedule } from './src/run/run-schedule.ts';
import { shrink } from './src/run/shrink.ts';
import { drawSchedule } from './src/world/schedule.ts';

const untilRest = { maxSteps: 10_000, stopAtRest: true };

describe('a seed', () => {
  test('is a run: all that can be seen of it is the same when it is run again', () => {
    const seen = () => {
      const lines: string[] = [];
      runSchedule(11, drawSchedule(11), { onObserved: (atMs, what) => lines.push(`${atMs} ${JSON.stringify(what)}`) });
      return lines;
    };
    expect(seen()).toEqual(seen());
    expect(seen().length).toBeGreaterThan(100);
  });

  test('that fails is told with a schedule that is smaller and fails in the same way', () => {
    const mutant = MUTANTS.find(({ name }) => name === 'publish before commit');
    const told = explain(1, mutant?.rules ?? expect.fail('there is no such mutant'), mutant?.name);
    const [, before = 0, after = 0] = /shrunk from (\d+) decisions to (\d+)/.exec(told)?.map(Number) ?? [];
    expect(told).toContain('Seed 1 breaks I10 outbox, at step');
    expect(after).toBeGreaterThan(0);
    expect(after).toBeLessThan(before / 2);
    expect(told).toContain('Again: npm run simulate -- --seed 1 --mutant "publish before commit"');
  });

  test('is shrunk to the decisions that it takes, and to no fewer', () => {
    const schedule = drawSchedule(3);
    const [first, , , fourth] = schedule;
    expect(shrink(schedule, (some) => [first, fourth].every((one) => one && some.includes(one)))).toEqual([
      first,
      fourth,
    ]);
  });
});

describe('the kernel', () => {
  test('takes what is due in the order of time, and at one time in the order in which it was asked for', () => {
    const kernel = new Kernel(1);
    const order: string[] = [];
    for (const [name, atMs] of [
      ['c', 20],
      ['a', 10],
      ['b', 10],
      ['d', 30],
    ] as const)
      kernel.after(atMs, () => order.push(`${name}${kernel.nowMs}`));
    kernel.runUntil(25, { maxSteps: 100 });
    expect(order).toEqual(['a10', 'b10', 'c20']);
  });

  test('is at rest when only what goes on for ever is left, and what is taken back was never due', () => {
    const kernel = new Kernel(1);
    kernel.after(1_000, () => undefined, { background: true });
    const takeBack = kernel.after(1_000, () => expect.fail('it was taken back'));
    expect(kernel.isAtRest).toBe(false);
    takeBack();
    takeBack();
    expect(kernel.isAtRest).toBe(true);
  });

  test('does not go on for ever', () => {
    const kernel = new Kernel(1);
    const again = (): void => void kernel.after(1, again);
    again();
    expect(() => kernel.runUntil(1e9, { maxSteps: 50 })).toThrow('did not come to rest within 50 steps');
  });
});

describe('a process', () => {
  function* steps(done: string[]): Task<void> {
    done.push('begun');
    yield 10;
    done.push('went on');
  }

  test('that has ended does nothing more, also not when it is started anew', () => {
    const kernel = new Kernel(1);
    const host = new Host(kernel);
    const done: string[] = [];
    host.start(steps(done));
    kernel.runUntil(5, { maxSteps: 100 });
    host.crash();
    host.restart();
    kernel.runUntil(100, { maxSteps: 100 });
    expect(done).toEqual(['begun']);
  });

  test('waits for a signal no longer than it wants to', () => {
    const kernel = new Kernel(1);
    const host = new Host(kernel);
    const bell = new Bell();
    const came: boolean[] = [];
    host.start(
      (function* wait(): Task<void> {
        came.push(yield* within(kernel, bell.rung, 50));
        came.push(yield* within(kernel, new Signal(), 50));
      })(),
    );
    kernel.after(20, () => bell.ring());
    kernel.runUntil(1_000, untilRest);
    expect([came, kernel.nowMs]).toEqual([[true, false], 1_000]);
  });
});

test('of two outages that overlap the later end counts', () => {
  const log: string[] = [];
  const power = new Switch(
    () => log.push('off'),
    () => log.push('on'),
  );
  const [first, second] = [power.hold(), power.hold()];
  first();
  expect(log).toEqual(['off']);
  second();
  expect(log).toEqual(['off', 'on']);
});

test('what is under way on a link is lost when it is cut', () => {
  const kernel = new Kernel(1);
  const link = new Link(kernel, 'us-east', 'eu-west', 40);
  let arrived = 0;
  const send = () => link.send(() => (arrived += 1));
  send();
  kernel.runUntil(100, { maxSteps: 100 });
  send();
  link.cuts += 1;
  send();
  kernel.runUntil(1_000, { maxSteps: 100 });
  expect(arrived).toBe(1);
});

describe('the model of PostgreSQL', () => {
  function databaseWith(rows: Map<string, number>) {
    const kernel = new Kernel(1);
    const database = new Postgres(kernel, 'eu-west');
    const add = (row: string, known: number): Statement => ({
      rows: [row],
      holds: () => (rows.get(row) ?? 0) === known,
      write: () => rows.set(row, known + 1),
    });
    return { kernel, database, add, clients: new Host(kernel) };
  }

  test('of two statements that decided on one version of a row, one writes nothing', () => {
    const rows = new Map<string, number>();
    const { kernel, database, add, clients } = databaseWith(rows);
    const outcomes: boolean[] = [];
    for (let i = 0; i < 2; i += 1)
      clients.start(
        (function* write(): Task<void> {
          outcomes.push((yield* database.transaction(add('a', 0))) !== false);
        })(),
      );
    kernel.runUntil(10_000, untilRest);
    expect(outcomes.toSorted()).toEqual([false, true]);
    expect(rows.get('a')).toBe(1);
  });

  test('a transaction that began first and is still open holds the horizon; what comes after it is not read', () => {
    const { database, kernel } = databaseWith(new Map());
    const before = database.horizon;
    database.holdHorizon(100);
    expect(database.horizon).toBe(before);
    const row = { row: 1, id: 1, xid: before + 1, topic: 't', key: 'k', type: 't', hlc: '', deps: {}, value: 1 };
    const outbox = { rows: [row] } as Parameters<typeof readBelowHorizon>[0];
    expect(readBelowHorizon(outbox, database.horizon, 10)).toEqual([]);
    kernel.runUntil(200, { maxSteps: 10 });
    expect(database.horizon).toBeGreaterThan(before);
  });

  test('a crash rolls back what is open and takes back what was not flushed', () => {
    const rows = new Map<string, number>();
    const { kernel, database, add, clients } = databaseWith(rows);
    let failed = false;
    clients.start(
      (function* write(): Task<void> {
        try {
          yield* database.transaction(add('a', 0));
        } catch {
          failed = true;
        }
      })(),
    );
    kernel.runUntil(1, { maxSteps: 10 });
    database.commitUnflushed(
      () => rows.set('position', 1),
      () => rows.delete('position'),
    );
    database.crash();
    kernel.runUntil(10_000, untilRest);
    expect([failed, [...rows]]).toEqual([true, []]);
  });
});

test('readings are found wherever they stand in a state', () => {
  expect(readingsIn({ a: { hlc: '1' }, b: [{ hlc: '2', seen: { x: '0' } }], c: null })).toEqual(['1', '2']);
});
