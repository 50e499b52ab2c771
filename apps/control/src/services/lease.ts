import type { RegionId } from '@meridian/regions';
import { Injectable } from '@nestjs/common';
import { ControlConfig } from '../control.config.ts';
import { LEASE_MS, leaseWaitMs, primaryBefore } from '../domain/lease-wait.ts';
import { DecidedStore } from '../persistence/decided-store.ts';
import { HearRegions } from '../regions/hear-regions.ts';
import { OtherControls } from '../regions/other-controls.ts';
import { KnownTable } from '../routing-table/known-table.ts';

interface Held {
  epoch: number;
  /** When this region began to ask for it: by the wall clock for the services, by a steady one for itself. */
  sentAtMs: number;
  startedMs: number;
}

/**
 * This region's lease as primary. It is renewed on the word of a majority that its epoch is still the newest, and runs
 * from before that was asked: an answer that was late, or a process that was stopped meanwhile, makes it shorter.
 */
@Injectable()
export class Lease {
  #held: Held | undefined;
  /** The epoch of which the primary before has said that all of its services know. */
  #releasedFor: number | undefined;
  #isAsking = false;

  constructor(
    private readonly config: ControlConfig,
    private readonly known: KnownTable,
    private readonly decided: DecidedStore,
    private readonly regions: HearRegions,
    private readonly others: OtherControls,
  ) {}

  /** What a service is told of it; nothing when there is none for this epoch. */
  of(epoch: number): { leaseMs?: number; sentAtMs?: number } {
    if (this.leftMs(epoch) === null || !this.#held) return {};
    return { leaseMs: LEASE_MS, sentAtMs: this.#held.sentAtMs };
  }

  /** Milliseconds; null when there is none for this epoch. */
  leftMs(epoch: number): number | null {
    if (this.#held?.epoch !== epoch) return null;
    const left = Math.round(this.#held.startedMs + LEASE_MS - performance.now());
    return left > 0 ? left : null;
  }

  /** For the primary: asks the regions, and holds the lease anew when a majority confirms and nobody else can hold it. */
  async renew(): Promise<void> {
    const { epoch } = this.known.table;
    const asked = { epoch, sentAtMs: Date.now(), startedMs: performance.now() };
    const { isConfirmed } = await this.regions.hear((heard) => heard.isConfirmed);
    if (!isConfirmed || this.known.table.epoch !== epoch || !(await this.#isFree(epoch))) return;
    // Two may be asked for at a time; the later one holds longer.
    if (this.#held?.epoch !== epoch || this.#held.startedMs < asked.startedMs) this.#held = asked;
  }

  /** Whether nobody else can hold it any more. */
  async #isFree(epoch: number): Promise<boolean> {
    const { region } = this.config;
    const first = { table: this.known.first, knownForMs: Number.POSITIVE_INFINITY };
    const history = [...(await this.decided.history()), first];
    if (this.#releasedFor === epoch || leaseWaitMs(region, history) === 0) return true;
    void this.#askForRelease(epoch, primaryBefore(region, history));
    return false;
  }

  /** The one before has given it up when all of its services know of this epoch. It may be gone, so nobody waits for it. */
  async #askForRelease(epoch: number, before: RegionId | undefined): Promise<void> {
    if (before === undefined || this.#isAsking) return;
    this.#isAsking = true;
    const status = await this.others.status(before);
    this.#isAsking = false;
    if (status?.services.every((service) => (service.epoch ?? -1) >= epoch)) this.#releasedFor = epoch;
  }
}
