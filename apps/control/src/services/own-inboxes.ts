import { type InboxResponse, inboxResponse } from '@meridian/contracts';
import { createRegionClient, type RegionClient } from '@meridian/region-client';
import type { ServiceName } from '@meridian/regions';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { ControlConfig } from '../control.config.ts';

/** In the region itself. */
const TIMEOUT_MS = 1_000;

/** What the services of this region have applied of the others. */
@Injectable()
export class OwnInboxes implements OnModuleDestroy {
  readonly #services: ReadonlyMap<ServiceName, RegionClient>;

  constructor(config: ControlConfig) {
    const { region } = config;
    this.#services = new Map(
      config.services.map((service) => [
        service,
        createRegionClient({ baseUrl: config.serviceUrl(service), region, timeoutMs: TIMEOUT_MS }),
      ]),
    );
  }

  /** Null of a service that does not answer. Never rejects. */
  async read(): Promise<ReadonlyMap<ServiceName, InboxResponse | null>> {
    const call = { method: 'GET', path: '/inbox', responseSchema: inboxResponse } as const;
    const asked = [...this.#services].map(async ([service, client]) => {
      const outcome = await client.call(call);
      return [service, outcome.ok ? outcome.body : null] as const;
    });
    return new Map(await Promise.all(asked));
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([...this.#services.values()].map((client) => client.close()));
  }
}
