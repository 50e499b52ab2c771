import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { kafkaSpec, prepareKafka } from '@meridian/kafka-cluster';
import { postgresSpec, postgresUrl } from '@meridian/postgres';
import { launch, type ManagedProcess, type ProcessSpec } from '@meridian/process';
import { repositoryRoot } from '@meridian/test-harness';
import { freePort } from '@meridian/testing';

/** Shared by all runs of this checkout: what is fetched once. */
export const cacheDir = path.join(repositoryRoot, '.meridian/cache');

const at = (port: number) => ({ host: '127.0.0.1', port });

/** Starts a process that is known from the first moment on: what is still starting has to be stopped as well. */
export async function serve(started: Started, spec: ProcessSpec): Promise<ManagedProcess> {
  const running = started.add(await launch(spec));
  await running.untilReady();
  return running;
}

/** A PostgreSQL as a region has it. Returns the URL of a database of no use but to make others in. */
export async function startDatabaseServer(started: Started, folder: string): Promise<string> {
  const port = await freePort();
  const files = { dataDir: path.join(folder, 'postgres'), logFile: path.join(folder, 'postgres.log') };
  await serve(started, await postgresSpec({ name: 'postgres', port, databases: [], ...files }));
  return postgresUrl(port, 'postgres');
}

/** A broker as a region has it. Returns its address. */
export async function startBroker(started: Started, folder: string): Promise<string[]> {
  const [port, controllerPort] = await Promise.all([freePort(), freePort()]);
  const files = { dataDir: path.join(folder, 'kafka'), logFile: path.join(folder, 'kafka.log'), cacheDir };
  await prepareKafka(cacheDir);
  const addresses = { local: at(port), controller: at(controllerPort), wan: {} };
  await serve(started, await kafkaSpec({ name: 'kafka', ...files, ...addresses }));
  return [`127.0.0.1:${port}`];
}

/** The tables of a service, as its migrations make them. */
export function ddlOf(service: string): string {
  const files = globSync(`apps/${service}/prisma/migrations/*/migration.sql`, { cwd: repositoryRoot }).sort();
  return files.map((file) => readFileSync(path.join(repositoryRoot, file), 'utf8')).join('\n');
}

/** Ends what was started, the last one first, whatever becomes of each. */
export class Started {
  static readonly #underWay = new Set<Started>();
  static #isEnding = false;
  readonly #stops: (() => Promise<unknown>)[] = [];

  /** All there is, when the run itself ends: servers are in groups of their own and would outlive it. */
  static async stopEverything(): Promise<void> {
    Started.#isEnding = true;
    for (const started of [...Started.#underWay].toReversed()) await started.stopAll();
  }

  add<T extends { stop(): Promise<unknown> }>(one: T): T {
    if (Started.#isEnding) {
      void one.stop();
      throw new Error('Stopped before its end.');
    }
    Started.#underWay.add(this);
    this.#stops.push(() => one.stop());
    return one;
  }

  async stopAll(): Promise<void> {
    for (let stop = this.#stops.pop(); stop; stop = this.#stops.pop()) await stop().catch(() => undefined);
    Started.#underWay.delete(this);
  }
}
