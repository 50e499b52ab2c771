import { automaticFailover, LOST_AFTER_LOOKS, type PrimaryView, primaryOf } from '@meridian/regions';
import { isDatabaseAway, ProblemError, ServiceContext } from '@meridian/service-kit';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { CarryOutCommand } from '../decide/carry-out-command.ts';
import { lastFailureMs } from '../domain/last-failure.ts';
import { DecidedStore } from '../persistence/decided-store.ts';
import { OtherControls } from '../regions/other-controls.ts';
import { type Repetition, repeat } from '../repeat.ts';
import { KnownTable } from '../routing-table/known-table.ts';
import { untraced } from '../untraced.ts';
import { WatchPrimary } from './watch-primary.ts';

const EVERY_MS = 1_000;

/**
 * Where the mode says so, the regions fail a lost primary without a person (R22). Every control but the primary's looks at it
 * every second. One that has missed it for long enough asks the others for what they have seen, and asks for the epoch
 * that fails it when a majority has missed it. Two may do so at once; the epoch has one winner.
 */
@Injectable()
export class AutomaticFailover implements OnApplicationBootstrap, OnModuleDestroy {
  #repetition: Repetition | undefined;

  constructor(
    private readonly known: KnownTable,
    private readonly watch: WatchPrimary,
    private readonly others: OtherControls,
    private readonly decided: DecidedStore,
    private readonly commands: CarryOutCommand,
    private readonly context: ServiceContext,
  ) {}

  onApplicationBootstrap(): void {
    this.#repetition = repeat({
      work: (signal) => this.#look(signal),
      failed: (failure) => this.#say(failure),
      everyMs: () => EVERY_MS,
    });
  }

  async #look(signal: AbortSignal): Promise<void> {
    await untraced(() => this.watch.look());
    const { view } = this.watch;
    if (!view || view.missed < LOST_AFTER_LOOKS) return;
    const { table } = this.known;
    const views = [view, ...(await untraced(() => this.#viewsOfOthers()))];
    const command = automaticFailover(table, views, lastFailureMs(await this.decided.history()));
    if (!command || signal.aborted) return;
    this.context.logger.warn({ ...command, epoch: table.epoch }, 'a majority has missed the primary; it is failed');
    await this.commands.carryOut(command, table.epoch);
  }

  /** The primary is not asked: it does not watch itself, and it is the one that does not answer. */
  async #viewsOfOthers(): Promise<PrimaryView[]> {
    const watching = this.others.regions.filter((region) => region !== primaryOf(this.known.table));
    const statuses = await Promise.all(watching.map((region) => this.others.status(region)));
    return statuses.flatMap((status) => (status?.primarySeen ? [{ ...status.primarySeen, by: status.region }] : []));
  }

  /** Another one was faster, or nobody to decide: a second later it is looked anew. */
  #say(failure: unknown): void {
    const { logger } = this.context;
    if (failure instanceof ProblemError) logger.info({ why: failure.message }, 'the primary was not failed from here');
    else if (isDatabaseAway(failure)) logger.warn({ err: failure }, 'the database is away');
    else logger.error({ err: failure }, 'watching the primary failed; it is tried again');
  }

  async onModuleDestroy(): Promise<void> {
    await this.#repetition?.stop();
  }
}
