import type { Kernel } from '../kernel/kernel.ts';
import type { WallClock } from '../kernel/wall-clock.ts';
import type { Kafka } from '../model/kafka.ts';
import type { PaymentProvider } from '../model/payment-provider.ts';
import type { Postgres } from '../model/postgres.ts';
import type { Observe, ServiceName } from '../observation.ts';
import type { Rules } from '../rules.ts';
import type { Network, Server } from './network.ts';

/** The region that a service runs in, as the service sees it. */
export interface Surroundings {
  readonly id: string;
  /** The other regions. */
  readonly others: readonly string[];
  readonly kernel: Kernel;
  readonly rules: Rules;
  readonly network: Network;
  readonly wallClock: WallClock;
  readonly database: Postgres;
  readonly kafka: Kafka;
  readonly provider: PaymentProvider;
  readonly observe: Observe;
  /** The same service of another region. */
  peer(region: string, service: ServiceName): Server;
  /** A number of its own for every row of every outbox, known to the simulation only. */
  nextRow(): number;
}
