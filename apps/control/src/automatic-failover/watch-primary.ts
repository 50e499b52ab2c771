import { inboxResponse } from '@meridian/contracts';
import { createRegionClient, type RegionClient } from '@meridian/region-client';
import { isAutomatic, type PrimaryView, primaryOf, type RegionId, type RoutingTable } from '@meridian/regions';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { ControlConfig } from '../control.config.ts';
import { servesAsPrimary } from '../domain/serves-as-primary.ts';
import { OtherControls } from '../regions/other-controls.ts';
import { KnownTable } from '../routing-table/known-table.ts';

/** In the region itself. */
const TIMEOUT_MS = 1_000;
/** A look begins every second and takes 2 s at most: a view that is older is of a process that was stopped meanwhile. */
const FRESH_MS = 4_000;

/** What this region sees of the primary, where the regions fail it by themselves. Its own control does not watch itself. */
@Injectable()
export class WatchPrimary implements OnModuleDestroy {
  readonly #here: RegionId;
  readonly #services: readonly RegionClient[];
  #view: PrimaryView | undefined;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    config: ControlConfig,
    private readonly known: KnownTable,
    private readonly others: OtherControls,
  ) {
    this.#here = config.region;
    this.#services = config.services.map((service) =>
      createRegionClient({ baseUrl: config.serviceUrl(service), region: config.region, timeoutMs: TIMEOUT_MS }),
    );
  }

  /** Undefined where nobody watches, and of an epoch that is over. */
  get view(): PrimaryView | undefined {
    const isFresh = performance.now() - this.#lookedAtMs < FRESH_MS;
    return isFresh && this.#view?.epoch === this.known.table.epoch ? this.#view : undefined;
  }

  /** Looks once. Never rejects for what does not answer. */
  async look(): Promise<void> {
    const { table } = this.known;
    const before = this.view?.missed ?? 0;
    this.#view = await this.#look(table, before);
    this.#lookedAtMs = performance.now();
  }

  async #look(table: RoutingTable, before: number): Promise<PrimaryView | undefined> {
    const primary = primaryOf(table);
    if (!isAutomatic(table) || primary === undefined || primary === this.#here) return undefined;
    const { epoch } = table;
    if (servesAsPrimary(await this.others.look(primary))) return { by: this.#here, epoch, missed: 0, appliedEvents: 0 };
    return { by: this.#here, epoch, missed: before + 1, appliedEvents: await this.#appliedOf(primary) };
  }

  /** Events of the primary that the services here have applied; of one that does not answer, none. */
  async #appliedOf(primary: RegionId): Promise<number> {
    const call = { method: 'GET', path: '/inbox', responseSchema: inboxResponse } as const;
    const outcomes = await Promise.all(this.#services.map((service) => service.call(call)));
    return outcomes
      .flatMap((outcome) => (outcome.ok ? Object.entries(outcome.body.bySource) : []))
      .filter(([source]) => source.startsWith(`/${primary}/`))
      .reduce((sum, [, { appliedLast, missing }]) => sum + appliedLast - missing, 0);
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.#services.map((service) => service.close()));
  }
}
