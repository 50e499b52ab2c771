import type { ConfirmationResponse } from '@meridian/contracts';
import { joinAfter, RULES } from '@meridian/epochs';
import type { RegionId } from '@meridian/regions';
import { Injectable } from '@nestjs/common';
import { ControlConfig } from '../control.config.ts';
import { confirm } from '../domain/confirm.ts';
import { AcceptorStore } from '../persistence/acceptor-store.ts';
import { DecidedStore } from '../persistence/decided-store.ts';
import { KnownTable } from '../routing-table/known-table.ts';
import { OtherControls } from './other-controls.ts';

export interface Heard {
  /** Regions that answered, this one included; what they know is known here by then. */
  answered: number;
  /** Those of them for which `epoch` is the newest. */
  confirmed: number;
  isMajority: boolean;
  isConfirmed: boolean;
}

/**
 * Asks all regions, this one included, whether the epoch known here is still the newest, and learns what is newer. This
 * one question serves three: a region that comes back catches up by it, a decision begins with it, and a lease is renewed
 * by it.
 */
@Injectable()
export class HearRegions {
  /** What each other control said last; null while it does not answer. */
  readonly newestByRegion = new Map<RegionId, number | null>();
  /**
   * Whether a majority has been heard once since the start, none of which had accepted a value in an epoch that is not known
   * here. It may have been decided a moment ago, and only its proposer may know. Limit: a region that lost its disk, this one
   * or another, is counted though it does not remember what it accepted.
   */
  caughtUp = false;
  /** As the own database said it last; null while this region has no vote. */
  votesAfter: number | null = null;
  readonly #regions: number;
  /** The highest epoch in which each other region has taken part, asked while this one has no vote. */
  readonly #highestByRegion = new Map<RegionId, number>();

  constructor(
    config: ControlConfig,
    private readonly others: OtherControls,
    private readonly acceptor: AcceptorStore,
    private readonly decided: DecidedStore,
    private readonly known: KnownTable,
  ) {
    this.#regions = config.allRegions.length;
    for (const region of config.otherRegions) this.newestByRegion.set(region, null);
  }

  /** Resolves as soon as `enough`, at the latest when all have answered or will not. Rejects only when the own database does. */
  async hear(enough: (heard: Heard) => boolean): Promise<Heard> {
    const { epoch } = this.known.table;
    const heard: Heard = { answered: 0, confirmed: 0, isMajority: false, isConfirmed: false };
    const isMajority = (votes: number) => RULES.isMajority(votes, this.#regions);
    let acceptedEpoch = 0;
    const count = (confirmed: boolean, accepted: number) => {
      acceptedEpoch = Math.max(acceptedEpoch, accepted);
      heard.answered += 1;
      if (confirmed) heard.confirmed += 1;
      heard.isMajority = isMajority(heard.answered);
      heard.isConfirmed = isMajority(heard.confirmed);
      if (heard.isMajority && acceptedEpoch <= this.known.table.epoch) this.caughtUp = true;
    };
    const here = await this.decided.howFar();
    this.votesAfter = here.joinedAfter;
    count(confirm(epoch, here).confirmed, here.acceptedEpoch);
    // Alone there is nobody to hear.
    if (this.votesAfter === null && this.others.regions.length === 0) await this.acceptor.join(0);
    await new Promise<void>((resolve, reject) => {
      if (enough(heard)) return resolve();
      const all = this.others.regions.map(async (region) => {
        const answer = await this.#hearOne(region, epoch);
        if (answer === undefined) return;
        count(answer.confirmed, answer.acceptedEpoch ?? 0);
        if (enough(heard)) resolve();
      });
      Promise.all(all).then(() => resolve(), reject);
    });
    return { ...heard };
  }

  async #hearOne(region: RegionId, epoch: number): Promise<ConfirmationResponse | undefined> {
    const answer = await this.others.confirm(region, epoch);
    this.newestByRegion.set(region, answer?.newestEpoch ?? null);
    if (!answer) return undefined;
    if (this.votesAfter === null) await this.#joinOnceAllAreHeard(region, answer.highestEpoch);
    if (answer.newestEpoch > this.known.table.epoch) {
      const newer = await this.others.newest(region);
      if (!newer) return undefined;
      await this.known.learn(newer);
    }
    return answer;
  }

  async #joinOnceAllAreHeard(region: RegionId, highestEpoch: number): Promise<void> {
    this.#highestByRegion.set(region, highestEpoch);
    const after = joinAfter(this.others.regions, this.#highestByRegion);
    if (after === undefined) return;
    await this.acceptor.join(after);
    this.votesAfter = after;
  }
}
