import type { RegionId, RoutingTable } from '@meridian/regions';
import { isDatabaseAway, ServiceContext } from '@meridian/service-kit';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ControlConfig } from '../control.config.ts';
import { type Repetition, repeat } from '../repeat.ts';
import { KnownTable } from '../routing-table/known-table.ts';
import { OwnInboxes } from '../services/own-inboxes.ts';
import { untraced } from '../untraced.ts';
import { LossStore } from './loss-store.ts';

/** For who was away when it was decided, and for what failed. */
const EVERY_MS = 1_000;

/**
 * Which acknowledged writes are missing after a failover can be told only against what the survivors had at that moment,
 * and a minute later nobody knows that any more. So each control notes what its own services had applied of a region as
 * soon as it knows that the region failed, whoever had it failed: a person, their command, or the regions by themselves.
 * Whoever makes the report puts the notes of all survivors together.
 *
 * Limits: between the decision and the note events may still arrive, mostly for some milliseconds; a control that was away
 * notes what there is when it is back, and of a service that did not answer at once what it has when it does. Then less is
 * reported missing than was.
 */
@Injectable()
export class NoteLosses implements OnApplicationBootstrap, OnModuleDestroy {
  #repetition: Repetition | undefined;
  /** By region, the failure that need not be looked at again. */
  readonly #done = new Map<RegionId, number>();
  #noting: Promise<void> = Promise.resolve();

  constructor(
    private readonly config: ControlConfig,
    private readonly known: KnownTable,
    private readonly inboxes: OwnInboxes,
    private readonly store: LossStore,
    private readonly context: ServiceContext,
  ) {}

  onApplicationBootstrap(): void {
    this.known.onNews(() => void untraced(() => this.#note()).catch((failure) => this.#say(failure)));
    this.#repetition = repeat({
      work: () => untraced(() => this.#note()),
      failed: (failure) => this.#say(failure),
      everyMs: () => EVERY_MS,
    });
  }

  /** One after the other: of two at once, the slower one would note what came after. */
  #note(): Promise<void> {
    const mine = this.#noting.then(() => this.#noteAll(this.known.table));
    this.#noting = mine.catch(() => undefined);
    return mine;
  }

  async #noteAll(table: RoutingTable): Promise<void> {
    for (const [region, { state, sinceEpoch }] of Object.entries(table.regions)) {
      if (state !== 'failed' || region === this.config.region || this.#done.get(region) === sinceEpoch) continue;
      if (!(await this.store.isNoted(region, sinceEpoch))) await this.#noteOne(region, sinceEpoch, table);
      // A service that did not answer is asked again; what the others said stands.
      if (await this.store.isNoted(region, sinceEpoch)) this.#done.set(region, sinceEpoch);
    }
  }

  async #noteOne(region: RegionId, epoch: number, { decidedAtMs }: RoutingTable): Promise<void> {
    const inboxes = await this.inboxes.read();
    const applied = [...inboxes].map(([service, inbox]) => {
      return [service, inbox ? (inbox.bySource[`/${region}/${service}`]?.appliedLast ?? 0) : null];
    });
    await this.store.note({ region, epoch, decidedAtMs, applied: Object.fromEntries(applied) });
    this.context.logger.info({ region, epoch, applied: Object.fromEntries(applied) }, 'what is here of a lost region');
  }

  #say(failure: unknown): void {
    if (isDatabaseAway(failure)) this.context.logger.warn({ err: failure }, 'the database is away');
    else this.context.logger.error({ err: failure }, 'noting a loss failed; it is tried again');
  }

  async onModuleDestroy(): Promise<void> {
    await this.#repetition?.stop();
    await this.#noting;
  }
}
