import type { RegionId } from '@meridian/regions';
import { Injectable } from '@nestjs/common';
import { ControlConfig } from '../control.config.ts';
import { LEASE_MS, leaseClaims } from '../domain/lease-wait.ts';
import { DecidedStore } from '../persistence/decided-store.ts';
import { HearRegions } from '../regions/hear-regions.ts';
import { OtherControls } from '../regions/other-controls.ts';
import { KnownTable } from '../routing-table/known-table.ts';

/** How often in a row one that may hold the lease is asked for it, before the next round asks again. */
const ASKINGS = 3;

interface Confirmed {
  epoch: number;
  /** When this region began to ask for it: by the wall clock for the services, by a steady one for itself. */
  sentAtMs: number;
  startedMs: number;
}

/**
 * This region's lease as primary. It is renewed on the word of a majority that its epoch is still the newest, and runs
 * from before that was asked: an answer that was late, or a process that was stopped meanwhile, makes it shorter. A new
 * primary holds it, moreover, only once nobody else can: when the leases before must be over, or when those who may hold
 * one say that they have given it up. Both are asked at the same time, as all that is waited for is writes.
 */
@Injectable()
export class Lease {
  /** The newest word of a majority. */
  #confirmed: Confirmed | undefined;
  /** The epoch of which it is known that nobody else holds a lease any more; that stays so. */
  #freeFor: number | undefined;
  /** Of each region, up to which epoch all of its services are known to have come. */
  readonly #releasedTo = new Map<RegionId, number>();
  readonly #asking = new Set<RegionId>();
  #begun: (() => void) | undefined;

  constructor(
    private readonly config: ControlConfig,
    private readonly known: KnownTable,
    private readonly decided: DecidedStore,
    private readonly regions: HearRegions,
    private readonly others: OtherControls,
  ) {}

  /** `listener` runs when the lease begins without anybody having asked for it: another region has given its own up. */
  onBegun(listener: () => void): void {
    this.#begun = listener;
  }

  /** What a service is told of it; nothing when there is none for this epoch. */
  of(epoch: number): { leaseMs?: number; sentAtMs?: number } {
    if (this.leftMs(epoch) === null || !this.#confirmed) return {};
    return { leaseMs: LEASE_MS, sentAtMs: this.#confirmed.sentAtMs };
  }

  /** Milliseconds; null when there is none for this epoch. */
  leftMs(epoch: number): number | null {
    if (this.#confirmed?.epoch !== epoch || this.#freeFor !== epoch) return null;
    const left = Math.round(this.#confirmed.startedMs + LEASE_MS - performance.now());
    return left > 0 ? left : null;
  }

  /** For the primary: asks the regions, and holds the lease anew when a majority confirms and nobody else can hold it. */
  async renew(): Promise<void> {
    const { epoch } = this.known.table;
    const asked = { epoch, sentAtMs: Date.now(), startedMs: performance.now() };
    const hearing = this.regions.hear((heard) => heard.isConfirmed);
    const [{ isConfirmed }] = await Promise.all([hearing, this.#seeWhetherFree(epoch)]);
    if (!isConfirmed || this.known.table.epoch !== epoch) return;
    // Two may be asked for at a time; the later one holds longer.
    if (this.#confirmed?.epoch !== epoch || this.#confirmed.startedMs < asked.startedMs) this.#confirmed = asked;
  }

  async #seeWhetherFree(epoch: number): Promise<void> {
    if (this.#freeFor === epoch) return;
    const first = { table: this.known.first, knownForMs: Number.POSITIVE_INFINITY };
    const { waitMs, holders } = leaseClaims(this.config.region, [...(await this.decided.history()), first]);
    if (waitMs === 0) this.#freeFor = epoch;
    // They may be gone, so nobody waits for their answers.
    else for (const holder of holders ?? []) void this.#askForRelease(epoch, holder, holders ?? []);
  }

  /** It has given up its lease when all of its services know of this epoch: none of them commits by an older one then. */
  async #askForRelease(epoch: number, holder: RegionId, holders: readonly RegionId[]): Promise<void> {
    if (this.#asking.has(holder)) return;
    this.#asking.add(holder);
    // It may be on the point of hearing of it. Each asking takes a round trip, which is pause enough.
    for (let left = ASKINGS; left > 0 && !this.#isReleased(holder, epoch); left -= 1) {
      const status = await this.others.status(holder);
      if (!status || this.known.table.epoch !== epoch) break;
      this.#releasedTo.set(holder, Math.min(...status.services.map((service) => service.epoch ?? -1)));
    }
    this.#asking.delete(holder);
    if (this.#freeFor === epoch || !holders.every((one) => this.#isReleased(one, epoch))) return;
    this.#freeFor = epoch;
    if (this.leftMs(this.known.table.epoch) !== null) this.#begun?.();
  }

  #isReleased(holder: RegionId, epoch: number): boolean {
    return (this.#releasedTo.get(holder) ?? -1) >= epoch;
  }
}
