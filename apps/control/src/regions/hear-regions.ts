import { RULES } from '@meridian/epochs';
import type { RegionId } from '@meridian/regions';
import { Injectable } from '@nestjs/common';
import { ControlConfig } from '../control.config.ts';
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
  /** Whether a majority has been heard once since the start. */
  caughtUp = false;
  readonly #regions: number;

  constructor(
    config: ControlConfig,
    private readonly others: OtherControls,
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
    const count = (confirmed: boolean) => {
      heard.answered += 1;
      if (confirmed) heard.confirmed += 1;
      heard.isMajority = isMajority(heard.answered);
      heard.isConfirmed = isMajority(heard.confirmed);
      if (heard.isMajority) this.caughtUp = true;
    };
    count(!(await this.decided.confirm(epoch)).isSuperseded);
    await new Promise<void>((resolve, reject) => {
      if (enough(heard)) return resolve();
      const all = this.others.regions.map(async (region) => {
        const confirmed = await this.#hearOne(region, epoch);
        if (confirmed === undefined) return;
        count(confirmed);
        if (enough(heard)) resolve();
      });
      Promise.all(all).then(() => resolve(), reject);
    });
    return { ...heard };
  }

  async #hearOne(region: RegionId, epoch: number): Promise<boolean | undefined> {
    const answer = await this.others.confirm(region, epoch);
    this.newestByRegion.set(region, answer?.newestEpoch ?? null);
    if (!answer) return undefined;
    if (answer.newestEpoch > this.known.table.epoch) {
      const newer = await this.others.newest(region);
      if (!newer) return undefined;
      await this.known.learn(newer);
    }
    return answer.confirmed;
  }
}
