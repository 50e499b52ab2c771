import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createKafka, type KafkaConnection } from '@meridian/kafka';
import { type KafkaOptions, newClusterId, startKafka } from '@meridian/kafka-cluster';
import type { ManagedProcess } from '@meridian/process';
import { freePort } from '@meridian/testing';

const CACHE = path.join(import.meta.dirname, '../../../.meridian/cache');

/** A cluster of two brokers, every log on both. The second one, which is no controller, may be killed and started again. */
export class TwoBrokers {
  readonly brokers: string[];
  readonly kafka: KafkaConnection;
  readonly #directory: string;
  readonly #options: KafkaOptions[];
  readonly #running: ManagedProcess[] = [];

  private constructor(directory: string, options: KafkaOptions[]) {
    this.#directory = directory;
    this.#options = options;
    this.brokers = options.map(({ local }) => `${local.host}:${local.port}`);
    this.kafka = createKafka({ clientId: 'replicator-test', brokers: this.brokers });
  }

  static async start(name: string): Promise<TwoBrokers> {
    const directory = await mkdtemp(path.join(tmpdir(), `meridian-${name}-`));
    const [first, second, controller] = await Promise.all([freePort(), freePort(), freePort()]);
    const at = (port: number) => ({ host: '127.0.0.1', port });
    const id = newClusterId();
    const options = [first, second].map(
      (port, i): KafkaOptions => ({
        name: `${name}-${i + 1}`,
        dataDir: path.join(directory, String(i + 1)),
        cacheDir: CACHE,
        logFile: path.join(directory, `${i + 1}.log`),
        ...{ local: at(port), controller: at(controller), wan: {}, cluster: { id, nodeId: i + 1, brokers: 2 } },
      }),
    );
    const cluster = new TwoBrokers(directory, options);
    // The controller first: the other one registers with it.
    for (const one of options) cluster.#running.push(await startKafka(one));
    return cluster;
  }

  async killSecond(): Promise<void> {
    const second = this.#running[1] as ManagedProcess;
    second.signal('SIGKILL');
    await second.exited;
  }

  async startSecondAgain(): Promise<void> {
    this.#running[1] = await startKafka(this.#options[1] as KafkaOptions);
  }

  async destroy(): Promise<void> {
    // The controller last: a broker says goodbye to it.
    for (const one of this.#running.toReversed()) await one.stop();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
