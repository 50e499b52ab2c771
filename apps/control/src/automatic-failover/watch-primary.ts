import { isAutomatic, type PrimaryView, primaryOf, type RegionId, type RoutingTable } from '@meridian/regions';
import { Injectable } from '@nestjs/common';
import { ControlConfig } from '../control.config.ts';
import { servesAsPrimary } from '../domain/serves-as-primary.ts';
import { OtherControls } from '../regions/other-controls.ts';
import { KnownTable } from '../routing-table/known-table.ts';
import { OwnInboxes } from '../services/own-inboxes.ts';

/** A look begins every second and takes 2 s at most: a view that is older is of a process that was stopped meanwhile. */
const FRESH_MS = 4_000;

/** What this region sees of the primary, where the regions fail it by themselves. Its own control does not watch itself. */
@Injectable()
export class WatchPrimary {
  readonly #here: RegionId;
  #view: PrimaryView | undefined;
  #lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    config: ControlConfig,
    private readonly known: KnownTable,
    private readonly others: OtherControls,
    private readonly inboxes: OwnInboxes,
  ) {
    this.#here = config.region;
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
    const inboxes = [...(await this.inboxes.read()).values()];
    return inboxes
      .flatMap((inbox) => (inbox ? Object.entries(inbox.bySource) : []))
      .filter(([source]) => source.startsWith(`/${primary}/`))
      .reduce((sum, [, { appliedLast, missing }]) => sum + appliedLast - missing, 0);
  }
}
