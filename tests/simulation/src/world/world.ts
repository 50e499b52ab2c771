import { Host } from '../kernel/host.ts';
import { Kernel } from '../kernel/kernel.ts';
import type { Observe, ServiceName } from '../observation.ts';
import type { Rules } from '../rules.ts';
import { Network, REGIONS } from './network.ts';
import { Region } from './region.ts';
import type { Aggregate } from './service.ts';

/** Three regions, what lies between them, and whoever uses them. */
export class World {
  readonly kernel: Kernel;
  readonly network: Network;
  readonly rules: Rules;
  readonly observe: Observe;
  readonly regions: Region[];
  readonly clients: Host;

  constructor(
    seed: number,
    { rules, plays, observe }: { rules: Rules; plays: ReadonlySet<ServiceName>; observe: Observe },
  ) {
    this.kernel = new Kernel(seed);
    this.network = new Network(this.kernel);
    this.clients = new Host(this.kernel);
    this.rules = rules;
    this.observe = observe;
    let lastRow = 0;
    const nextRow = () => {
      lastRow += 1;
      return lastRow;
    };
    const { kernel, network } = this;
    this.regions = REGIONS.map(
      (id) => new Region({ id, kernel, network, rules, observe, nextRow, plays, regions: () => this.regions }),
    );
  }

  start(): void {
    for (const region of this.regions) region.start();
  }

  region(id: string): Region {
    return this.regions.find((region) => region.id === id) as Region;
  }

  get aggregates(): Record<string, Aggregate<unknown>> {
    const [first] = this.regions as [Region];
    return Object.fromEntries(first.services.map(({ name, aggregate }) => [name, aggregate]));
  }

  /** As long as it takes until every wall clock shows what the one that was furthest ahead has ever shown. */
  letClocksCatchUp(): void {
    const latest = Math.max(...this.regions.map(({ wallClock }) => wallClock.latestMs));
    for (const { wallClock } of this.regions) wallClock.skewMs += Math.max(0, latest - wallClock.readMs());
  }

  get hasDeadLetters(): boolean {
    return this.regions.some(({ services }) => services.some(({ deadLetters }) => deadLetters.length > 0));
  }

  replayDeadLetters(): void {
    for (const { services } of this.regions)
      for (const service of services)
        if (service.deadLetters.length > 0) service.host.start(service.replayDeadLetters());
  }
}
