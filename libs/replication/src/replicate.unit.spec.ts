import { DatabaseProbe, Health, ServiceContext } from '@meridian/service-kit';
import { createLogger, RegionalServiceConfig } from '@meridian/service-kit/process';
import type { FactoryProvider, Type } from '@nestjs/common';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import type { RecordConsumer } from './declared-consumer.ts';
import { RegionClock } from './region-clock.ts';
import { replicate } from './replicate.ts';
import { ReplicatedStore } from './replicated-store.ts';
import type { ReplicatedTable } from './replicated-table.ts';

/** A store that holds one reading, once its database is there. */
class Store extends ReplicatedStore {
  readonly pool = new pg.Pool({ connectionString: 'postgres://127.0.0.1:1/none' });
  protected readonly self = { service: 'tiny', region: 'eu-west' };
  readonly table: ReplicatedTable = {
    ...{ name: 'users', id: { column: 'id', type: 'uuid' }, aggregate: 'user', topic: 'users.v1', wholeValue: 'state' },
  };
  asked = 0;
  constructor(readonly failures: Error[]) {
    super();
  }
  async latestHlc() {
    this.asked += 1;
    const failure = this.failures.shift();
    if (failure) throw failure;
    return '009999999999999-0000-us-east';
  }
}

const stores: Store[] = [];
afterAll(() => Promise.all(stores.map((store) => store.pool.end())));

const context = new ServiceContext('user', 'eu-west', createLogger('user', { level: 'silent' }));

function factoryOf<T>(token: Type<T>): FactoryProvider<T>['useFactory'] {
  const providers = replicate({ config: RegionalServiceConfig, store: Store, consumers: [] });
  const found = providers.find((provider) => 'provide' in provider && provider.provide === token);
  return (found as FactoryProvider<T>).useFactory;
}

async function startClock(...failures: Error[]) {
  const store = new Store(failures);
  stores.push(store);
  return { store, clock: await factoryOf(RegionClock)({ region: 'eu-west' }, store, context) };
}

describe('the clock of a service that starts', () => {
  const away = () => Object.assign(new Error('cannot reach it'), { code: 'P1001' });

  it('waits for the database, and goes on after what stands there', async () => {
    const { store, clock } = await startClock(away(), away());
    expect(store.asked).toBe(3);
    expect(clock.stamp().hlc > '009999999999999-0000-us-east').toBe(true);
  });

  it('does not wait for what will not pass', async () =>
    await expect(startClock(new Error('there is no table "users"'))).rejects.toThrow('there is no table'));
});

it('a service is not ready while its database is away', async () => {
  const health = new Health();
  const probe = await factoryOf(DatabaseProbe)({ databaseUrl: 'postgres://127.0.0.1:1/none' }, context, health);
  expect(await health.waitingFor()).toEqual([expect.stringMatching(/^database \(.*ECONNREFUSED/)]);
  await probe.onApplicationShutdown();
});

it('two consumers of one topic are refused: the inbox would hide every event from the second', () => {
  class Consumer implements RecordConsumer {
    async handle() {}
  }
  const declared = { topic: 'users.v1', from: 'other-regions', sideEffects: 'none', consumer: Consumer } as const;
  expect(() => replicate({ config: RegionalServiceConfig, store: Store, consumers: [declared, declared] })).toThrow(
    'users.v1 has two consumers',
  );
});
