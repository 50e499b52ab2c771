import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createKafka, type KafkaConnection } from '@meridian/kafka';
import { type KafkaOptions, startKafka } from '@meridian/kafka-cluster';
import type { ManagedProcess } from '@meridian/process';
import { freePort } from '@meridian/testing';
import type { CutLink } from './cut-link.fixture.ts';

/** A cluster of one broker that a test may kill and start again with its data. The tier's own broker is for all. */
export class TestCluster {
  readonly brokers: string[];
  readonly kafka: KafkaConnection;
  readonly #options: KafkaOptions;
  #broker: ManagedProcess | undefined;

  private constructor(options: KafkaOptions) {
    this.#options = options;
    this.brokers = [`${options.local.host}:${options.local.port}`];
    this.kafka = createKafka({ clientId: 'replicator-test', brokers: this.brokers });
  }

  /** `link`: how another region reaches it. */
  static async start(name: string, link?: CutLink): Promise<TestCluster> {
    const directory = await mkdtemp(path.join(tmpdir(), `meridian-${name}-`));
    const [port, controllerPort, linkPort] = await Promise.all([freePort(), freePort(), freePort()]);
    link?.leadTo(linkPort);
    const at = (one: number) => ({ host: '127.0.0.1', port: one });
    const cluster = new TestCluster({
      name,
      dataDir: directory,
      cacheDir: path.join(import.meta.dirname, '../../../.meridian/cache'),
      logFile: path.join(directory, 'kafka.log'),
      local: at(port),
      controller: at(controllerPort),
      wan: link ? { 'us-east': { listen: at(linkPort), advertised: at(link.port) } } : {},
    });
    await cluster.startAgain();
    return cluster;
  }

  /** Resolves when the broker serves. */
  async startAgain(): Promise<void> {
    this.#broker = await startKafka(this.#options);
  }

  /** It begins again with an empty one, as another cluster. */
  async loseDisk(): Promise<void> {
    await this.kill();
    await rm(this.#options.dataDir, { recursive: true, force: true });
    await this.startAgain();
  }

  async kill(): Promise<void> {
    this.#broker?.signal('SIGKILL');
    await this.#broker?.exited;
  }

  async destroy(): Promise<void> {
    await this.#broker?.stop();
    await rm(this.#options.dataDir, { recursive: true, force: true });
  }
}
