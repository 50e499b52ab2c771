import { Host } from '../kernel/host.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { Switch } from '../kernel/switch.ts';
import { WallClock } from '../kernel/wall-clock.ts';
import { Kafka } from '../model/kafka.ts';
import { PaymentProvider } from '../model/payment-provider.ts';
import { Postgres } from '../model/postgres.ts';
import { runReplicator } from '../model/replicator.ts';
import type { Observe, ServiceName } from '../observation.ts';
import type { Rules } from '../rules.ts';
import { CatalogService } from './catalog-service.ts';
import type { Network, Server } from './network.ts';
import { OrderService } from './order-service.ts';
import type { Service } from './service.ts';
import type { Surroundings } from './surroundings.ts';
import { UserService } from './user-service.ts';

export interface RegionOptions
  extends Pick<Surroundings, 'id' | 'kernel' | 'network' | 'rules' | 'observe' | 'nextRow'> {
  /** All of them, once they are there. */
  regions: () => readonly Region[];
  plays: ReadonlySet<ServiceName>;
}

/** A region: one PostgreSQL, one Kafka, one wall clock, its services and its replicator. */
export class Region implements Surroundings {
  readonly id: string;
  readonly kernel: Kernel;
  readonly network: Network;
  readonly rules: Rules;
  readonly nextRow: () => number;
  readonly wallClock: WallClock;
  readonly database: Postgres;
  readonly kafka: Kafka;
  readonly replicator: Host;
  readonly observe: Observe;
  readonly user: UserService;
  readonly catalog: CatalogService;
  readonly order: OrderService;
  readonly provider: PaymentProvider;
  /** Those that are played. */
  readonly services: Service<unknown>[];
  /** What faults switch off and on. */
  readonly switches: Record<'user' | 'catalog' | 'order' | 'database' | 'kafka' | 'replicator', Switch>;

  readonly #regions: () => readonly Region[];
  #others: string[] | undefined;

  constructor({ id, kernel, network, rules, observe, nextRow, regions, plays }: RegionOptions) {
    this.id = id;
    this.kernel = kernel;
    this.network = network;
    this.rules = rules;
    this.observe = observe;
    this.nextRow = nextRow;
    this.#regions = regions;
    this.wallClock = new WallClock(kernel);
    this.database = new Postgres(kernel, id);
    this.kafka = new Kafka(({ topic, index }, record) =>
      this.observe({ kind: 'appended', region: id, topic, partition: index, record }),
    );
    this.replicator = new Host(kernel);
    this.provider = new PaymentProvider(id, kernel, this.observe);
    this.user = new UserService(this);
    this.catalog = new CatalogService(this);
    this.order = new OrderService(this, this.catalog);
    const all = [this.user, this.catalog, this.order] as unknown as Service<unknown>[];
    this.services = all.filter(({ name }) => plays.has(name));
    const ofService = (service: { name: ServiceName; crash(): void; start(): void }) =>
      new Switch(
        () => service.crash(),
        () => plays.has(service.name) && service.start(),
      );
    this.switches = {
      user: ofService(this.user),
      catalog: ofService(this.catalog),
      order: ofService(this.order),
      database: new Switch(
        () => this.database.crash(),
        () => this.database.restart(),
      ),
      kafka: new Switch(
        () => {
          this.kafka.up = false;
        },
        () => {
          this.kafka.up = true;
        },
      ),
      replicator: new Switch(
        () => this.replicator.crash(),
        () => this.startReplicator(),
      ),
    };
  }

  get others(): string[] {
    this.#others ??= this.#regions().flatMap(({ id }) => (id === this.id ? [] : [id]));
    return this.#others;
  }

  peer(region: string, service: ServiceName): Server {
    return (this.#regions().find(({ id }) => id === region) as Region)[service];
  }

  start(): void {
    for (const service of this.services) service.start();
    this.startReplicator();
  }

  startReplicator(): void {
    const { kernel, id, replicator } = this;
    const regions = this.#regions();
    replicator.restart();
    const of = {
      ...{ kernel, region: id, regions: regions.map((region) => region.id) },
      clusters: new Map(regions.map((region) => [region.id, region.kafka])),
      topics: this.services.map(({ topic }) => topic),
      linkFrom: (origin: string) => this.network.link(origin, id),
      isReplicated: this.rules.isReplicated,
    };
    replicator.start(runReplicator(replicator, of));
  }
}
