import { primaryOf } from '@meridian/regions';
import { isDatabaseAway, ServiceContext } from '@meridian/service-kit';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ControlConfig } from '../control.config.ts';
import { DecideEpoch } from '../decide/decide-epoch.ts';
import { AcceptorStore } from '../persistence/acceptor-store.ts';
import { HearRegions } from '../regions/hear-regions.ts';
import { type Repetition, repeat } from '../repeat.ts';
import { Lease } from '../services/lease.ts';
import { TellServices } from '../services/tell-services.ts';
import { untraced } from '../untraced.ts';
import { KnownTable } from './known-table.ts';

/** How often everything is said and asked again. */
const EVERY_MS = 1_000;
/** The same for a primary that has no lease: all that it waits for is writes that are refused. */
const EVERY_MS_WITHOUT_LEASE = 200;
/** A proposer that has left an epoch half decided for so long is gone. */
const LEFT_OPEN_MS = 3_000;

/**
 * What goes on for as long as the process runs: hear the others, learn what is newer, renew the lease, tell the services;
 * and finish what somebody left half decided. A region that comes back tells its services nothing before it has caught up with a
 * majority, so that they do not serve under an epoch that is over.
 */
@Injectable()
export class KeepUp implements OnApplicationBootstrap, OnModuleDestroy {
  #repetition: Repetition | undefined;

  constructor(
    private readonly config: ControlConfig,
    private readonly known: KnownTable,
    private readonly regions: HearRegions,
    private readonly lease: Lease,
    private readonly services: TellServices,
    private readonly acceptor: AcceptorStore,
    private readonly epochs: DecideEpoch,
    private readonly context: ServiceContext,
  ) {}

  onApplicationBootstrap(): void {
    this.known.onNews(() => void this.#hearNews());
    this.lease.onBegun(() => void this.services.tell());
    this.#repetition = repeat({
      work: () => untraced(() => this.#everySecond()),
      failed: (failure) => this.#say(failure),
      everyMs: () => (this.#lacksLease ? EVERY_MS_WITHOUT_LEASE : EVERY_MS),
    });
  }

  async #everySecond(): Promise<void> {
    await this.known.read();
    await this.#round();
    const open = await this.acceptor.unfinishedAbove(this.known.table.epoch, LEFT_OPEN_MS);
    if (open !== undefined) await this.epochs.decide(open, undefined);
  }

  /**
   * In the trace of the decision: it leads into every service of every region. Who has become primary by it may have a second
   * to go until it asks again, in which no write is taken anywhere.
   */
  async #hearNews(): Promise<void> {
    await this.#round().catch((failure) => this.#say(failure));
    if (this.#lacksLease) this.#repetition?.hurry();
  }

  /**
   * A primary asks first, as a table without its lease would stop its writes for as long as the question takes. Everybody
   * else tells at once what is known, once anything is: another region that does not answer must hold up nothing.
   */
  async #round(): Promise<void> {
    if (this.#isPrimary) await this.lease.renew();
    else if (!this.regions.caughtUp) await this.regions.hear(() => this.regions.caughtUp);
    else void untraced(() => this.regions.hear(() => false)).catch((failure) => this.#say(failure));
    if (this.regions.caughtUp) await this.services.tell();
  }

  get #isPrimary(): boolean {
    return primaryOf(this.known.table) === this.config.region;
  }

  get #lacksLease(): boolean {
    return this.#isPrimary && this.lease.leftMs(this.known.table.epoch) === null;
  }

  #say(failure: unknown): void {
    if (isDatabaseAway(failure)) this.context.logger.warn({ err: failure }, 'the database is away');
    else this.context.logger.error({ err: failure }, 'keeping up failed; it is tried again');
  }

  async onModuleDestroy(): Promise<void> {
    await this.#repetition?.stop();
  }
}
