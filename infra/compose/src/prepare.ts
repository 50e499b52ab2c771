import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createKafka, ensureTopics } from '@meridian/kafka';
import { regionTopics } from '@meridian/kafka-cluster';
import { applyMigrations, ensureDatabases } from '@meridian/postgres';
import { DATABASE_NAMES } from '@meridian/regions';
import { readPrepareConfig } from './prepare.config.ts';

/**
 * A region's job before its services start: the databases with their tables, and the topics with their partitions. Does
 * what is missing and nothing twice, so it runs at every start. The local runner does the same by itself; here it is a
 * container that ends, and that the services depend on.
 */

const WITHIN_MS = 60_000;

/** The same folders in the image as in a checkout. */
const repositoryRoot = path.resolve(import.meta.dirname, '../../..');

try {
  const { topology, region, postgresUrl, brokers, topicCompression } = readPrepareConfig();
  await Promise.all([
    untilDone('databases', async () => {
      await ensureDatabases(new URL('/postgres', postgresUrl).href, DATABASE_NAMES);
      for (const app of DATABASE_NAMES) {
        const migrations = path.join(repositoryRoot, 'apps', app, 'prisma/migrations');
        const applied = await applyMigrations(new URL(`/${app}`, postgresUrl).href, migrations);
        console.log(`${region}/${app}: ${applied.length} migrations applied`);
      }
    }),
    untilDone('topics', async () => {
      const topics = regionTopics(topology, region, topicCompression);
      await ensureTopics(createKafka({ clientId: 'meridian-prepare', brokers }), topics);
      console.log(`${region}: ${topics.length} topics are there`);
    }),
  ]);
} catch (failure) {
  console.error((failure as Error).message);
  process.exitCode = 1;
}

/** A server that listens may still refuse: it is asked again for a while before that is a failure. */
async function untilDone(what: string, work: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + WITHIN_MS;
  for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 2, 2_000)) {
    try {
      return await work();
    } catch (failure) {
      if (performance.now() + pauseMs > deadline) throw failure;
      console.log(`${what}: ${(failure as Error).message}; trying again`);
      await pause(pauseMs);
    }
  }
}
