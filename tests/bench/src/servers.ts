import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type KafkaOptions, startKafka } from '@meridian/kafka-cluster';
import { postgresUrl, startPostgres } from '@meridian/postgres';
import { repositoryRoot } from '@meridian/test-harness';
import { freePort } from '@meridian/testing';

/** Shared by all runs of this checkout: what is fetched once. */
export const cacheDir = path.join(repositoryRoot, '.meridian/cache');

export const at = (port: number) => ({ host: '127.0.0.1', port });

/** A PostgreSQL as a region has it; `url` is that of a database of no use but to make others in. */
export async function startDatabaseServer(folder: string) {
  const port = await freePort();
  const files = { dataDir: path.join(folder, 'postgres'), logFile: path.join(folder, 'postgres.log') };
  const server = await startPostgres({ name: 'postgres', port, databases: [], ...files });
  return { url: postgresUrl(port, 'postgres'), pid: server.pid, stop: async () => void (await server.stop()) };
}

/** A broker as a region has it. */
export async function startBroker(folder: string, name = 'kafka', wan: KafkaOptions['wan'] = {}) {
  const [port, controllerPort] = await Promise.all([freePort(), freePort()]);
  const files = { dataDir: path.join(folder, name), logFile: path.join(folder, `${name}.log`), cacheDir };
  const broker = await startKafka({ name, ...files, local: at(port), controller: at(controllerPort), wan });
  return { brokers: [`127.0.0.1:${port}`], pid: broker.pid, stop: async () => void (await broker.stop()) };
}

/** The tables of a service, as its migrations make them. */
export function ddlOf(service: string): string {
  const files = globSync(`apps/${service}/prisma/migrations/*/migration.sql`, { cwd: repositoryRoot }).sort();
  return files.map((file) => readFileSync(path.join(repositoryRoot, file), 'utf8')).join('\n');
}

/** Ends what was started, the last one first, whatever becomes of each. */
export class Started {
  static readonly #underWay = new Set<Started>();
  readonly #stops: (() => Promise<unknown>)[] = [];

  /** All there is, when the run itself ends: servers are in groups of their own and would outlive it. */
  static async stopEverything(): Promise<void> {
    for (const started of [...Started.#underWay].toReversed()) await started.stopAll();
  }

  add<T extends { stop(): Promise<unknown> }>(one: T): T {
    Started.#underWay.add(this);
    this.#stops.push(() => one.stop());
    return one;
  }

  async stopAll(): Promise<void> {
    for (let stop = this.#stops.pop(); stop; stop = this.#stops.pop()) await stop().catch(() => undefined);
    Started.#underWay.delete(this);
  }
}
