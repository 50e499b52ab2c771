import { type Problem, problemTypeUri } from '@meridian/contracts';
import { createRegionClient, type RegionClient } from '@meridian/region-client';
import type { ServiceName } from '@meridian/regions';
import { ServiceContext } from '@meridian/service-kit';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { z } from 'zod';
import { ControlConfig } from '../control.config.ts';
import { KnownTable } from '../routing-table/known-table.ts';
import { Lease } from './lease.ts';

/** In the region itself; told again a second later. */
const TIMEOUT_MS = 1_000;
const STALE_EPOCH = problemTypeUri('stale-epoch');
const AWAY: ReadonlySet<string> = new Set([problemTypeUri('service-unavailable'), problemTypeUri('upstream-timeout')]);
/** All that is read of the answer. */
const told = z.object({ epoch: z.int() });

/** Tells each service of this region the table in force, and, where the region is primary, how long it may write under it. */
@Injectable()
export class TellServices implements OnModuleDestroy {
  /** What each service said last; null while it does not answer, or does not know of epochs. */
  readonly epochByService = new Map<ServiceName, number | null>();
  readonly #clients: ReadonlyMap<ServiceName, RegionClient>;
  readonly #complaints = new Map<ServiceName, string>();

  constructor(
    config: ControlConfig,
    private readonly known: KnownTable,
    private readonly lease: Lease,
    private readonly context: ServiceContext,
  ) {
    const { region } = config;
    this.#clients = new Map(
      config.services.map((service) => [
        service,
        createRegionClient({ baseUrl: config.serviceUrl(service), region, timeoutMs: TIMEOUT_MS }),
      ]),
    );
    for (const service of config.services) this.epochByService.set(service, null);
  }

  /** Never rejects: who did not hear it is told again. */
  async tell(): Promise<void> {
    const { table } = this.known;
    const body = { table, ...this.lease.of(table.epoch) };
    const all = [...this.#clients].map(async ([service, client]) => {
      const call = { method: 'PUT', path: '/epoch', body, responseSchema: told } as const;
      const outcome = await client.call(call);
      // Refused as too old by one that was told of a newer one meanwhile, and answered that first.
      const isLate = !outcome.ok && outcome.problem.type === STALE_EPOCH;
      if (!isLate) this.epochByService.set(service, outcome.ok ? outcome.body.epoch : null);
      this.#complain(service, outcome.ok ? undefined : outcome.problem);
    });
    await Promise.all(all);
  }

  /** Of a refusal, once and not every second. A service that is not there is starting, stopping, or stopped on purpose. */
  #complain(service: ServiceName, problem: Problem | undefined): void {
    if (problem?.type === this.#complaints.get(service)) return;
    if (problem) this.#complaints.set(service, problem.type);
    else this.#complaints.delete(service);
    if (!problem || AWAY.has(problem.type)) return;
    const why = `${problem.status} ${problem.title}`;
    this.context.logger.warn({ service, why }, 'a service refused the epoch; it is told again every second');
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }
}
