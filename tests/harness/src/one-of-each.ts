import { rmSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startKafka } from '@meridian/kafka-cluster';
import { postgresUrl, startPostgres } from '@meridian/postgres';
import { freePort } from '@meridian/testing';
import type { TestProject } from 'vitest/node';
import { repositoryRoot } from './system.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A superuser's URL to the database `postgres`; tests make databases of their own. */
    postgresUrl: string;
    kafkaBrokers: string[];
  }
}

/** Global set-up of the `int` tier: one real PostgreSQL and one real Kafka, fresh, gone afterwards. */
export default async function oneOfEach(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(path.join(tmpdir(), 'meridian-int-'));
  // mkdtemp makes it private; PostgreSQL may have to run as another user than root.
  await chmod(directory, 0o755);
  const [postgresPort, kafkaPort, controllerPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const at = (port: number) => ({ host: '127.0.0.1', port });
  const started = await Promise.allSettled([
    startPostgres({
      name: 'postgres',
      dataDir: path.join(directory, 'postgres'),
      port: postgresPort,
      logFile: path.join(directory, 'postgres.log'),
      databases: [],
    }),
    startKafka({
      name: 'kafka',
      dataDir: path.join(directory, 'kafka'),
      cacheDir: path.join(repositoryRoot, '.meridian/cache'),
      logFile: path.join(directory, 'kafka.log'),
      local: at(kafkaPort),
      controller: at(controllerPort),
      wan: {},
    }),
  ]);
  const stop = async () => {
    await Promise.all(started.map((s) => (s.status === 'fulfilled' ? s.value.stop() : undefined)));
    await rm(directory, { recursive: true, force: true });
  };
  // A run that is interrupted ends without its teardown. Nothing in the directory is worth an orderly stop.
  process.once('exit', () => {
    for (const s of started) if (s.status === 'fulfilled') s.value.signal('SIGKILL');
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  });
  const failed = started.find((s) => s.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  project.provide('postgresUrl', postgresUrl(postgresPort, 'postgres'));
  project.provide('kafkaBrokers', [`127.0.0.1:${kafkaPort}`]);
  return stop;
}
