import { globSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startKafka } from '@meridian/kafka-cluster';
import { postgresUrl, startPostgres } from '@meridian/postgres';
import { launch } from '@meridian/process';
import { createTestDatabase, freePort } from '@meridian/testing';

/** This checkout. */
export const repository = path.join(import.meta.dirname, '../../..');

/** The tables of a service as a checkout has them. */
export function tablesOf(checkout, service = 'catalog') {
  const migrations = globSync(`apps/${service}/prisma/migrations/*/migration.sql`, { cwd: checkout }).sort();
  return migrations.map((file) => readFileSync(path.join(checkout, file), 'utf8')).join('\n');
}

export const median = (numbers) => {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.floor(sorted.length / 2)]) / 2;
};

/** A PostgreSQL and a Kafka of a benchmark's own, in a temporary directory, and services on them. */
export async function startStage(name) {
  const directory = await mkdtemp(path.join(tmpdir(), `meridian-${name}-`));
  // mkdtemp makes it private; PostgreSQL may have to run as another user than root.
  await chmod(directory, 0o755);
  const [postgresPort, kafkaPort, controllerPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const at = (port) => ({ host: '127.0.0.1', port });
  const postgres = await startPostgres({
    ...{ name: 'postgres', dataDir: path.join(directory, 'postgres'), port: postgresPort, databases: [] },
    logFile: path.join(directory, 'postgres.log'),
  });
  const kafka = await startKafka({
    ...{ name: 'kafka', dataDir: path.join(directory, 'kafka'), logFile: path.join(directory, 'kafka.log') },
    cacheDir: path.join(repository, '.meridian/cache'),
    ...{ local: at(kafkaPort), controller: at(controllerPort), wan: {} },
  });
  const brokers = [`127.0.0.1:${kafkaPort}`];

  return {
    directory,
    brokers,
    postgresDir: path.join(directory, 'postgres'),
    /**
     * Starts the program of a checkout on a database of its own with these tables, and waits until it is ready, or only until it
     * runs where what it does from then on is measured. `args` are Node's.
     */
    async startService({
      name,
      checkout = repository,
      args = [],
      program,
      tables,
      region,
      env = {},
      waitUntilReady = true,
    }) {
      const database = await createTestDatabase(postgresUrl(postgresPort, 'postgres'), tables);
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const running = await launch({
        ...{ name, command: process.execPath, args: [...args, path.join(checkout, program)] },
        env: {
          ...{ PORT: String(port), LOG_LEVEL: 'error', MERIDIAN_REGION: region, DATABASE_URL: database.url },
          ...{ KAFKA_BROKERS: brokers.join(), MERIDIAN_TOPOLOGY: path.join(checkout, 'infra/topology.json') },
          MERIDIAN_CONTROL: 'none',
          ...env,
        },
        logFile: path.join(directory, `${name}.log`),
        ready: async () => {
          if (!waitUntilReady) return;
          const answer = await fetch(`${url}/health/ready`);
          if (answer.status !== 200) throw new Error(await answer.text());
        },
        ...{ readyWithinMs: 30_000, stopSignal: 'SIGTERM', stopWithinMs: 6_000 },
      });
      await running.untilReady();
      return {
        ...{ url, pid: running.pid, pool: database.pool },
        async stop() {
          await running.stop();
          await database.drop();
        },
      };
    },
    async stop() {
      await Promise.all([postgres.stop(), kafka.stop()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
