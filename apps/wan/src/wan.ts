import type { Topology, WanLink } from '@meridian/regions';
import { FaultBoard } from './faults/fault-board.ts';
import { Link } from './link.ts';
import { linkSettings } from './link-settings.ts';

export interface WanOptions {
  topology: Topology;
  links: readonly WanLink[];
  profile: string;
  nowMs?: () => number;
  random?: () => number;
}

/** All links between the regions of one topology, and the faults that lie on them. */
export class Wan {
  readonly topology: Topology;
  readonly links: readonly Link[];
  readonly faults: FaultBoard;
  #profile: string;

  constructor({ topology, links, profile, nowMs = () => performance.now(), random = Math.random }: WanOptions) {
    this.topology = topology;
    this.#profile = profile;
    this.links = links.map(
      (wanLink) => new Link({ wanLink, settings: linkSettings(topology, profile, wanLink), nowMs, random }),
    );
    this.faults = new FaultBoard(nowMs, () => {
      for (const link of this.links) link.apply(this.faults.effectOn(link.wanLink));
    });
  }

  /** Rejects when one link cannot listen; none does then. */
  async listen(): Promise<void> {
    const outcomes = await Promise.allSettled(this.links.map((link) => link.listen()));
    const failed = outcomes.find((o) => o.status === 'rejected');
    if (!failed) return;
    await Promise.all(this.links.filter((_, i) => outcomes[i]?.status === 'fulfilled').map((link) => link.close()));
    throw failed.reason;
  }

  async close(): Promise<void> {
    const closed = this.links.map((link) => link.close());
    // Only now: healing first would let through what a fault still holds.
    this.faults.heal(() => true);
    await Promise.all(closed);
  }

  get profile(): string {
    return this.#profile;
  }

  /** Sets every link as the profile says; delays set by hand are gone. Throws when there is no such profile. */
  setProfile(name: string): void {
    const settings = this.links.map((link) => linkSettings(this.topology, name, link.wanLink));
    for (const [i, link] of this.links.entries()) link.configure(settings[i] ?? link.settings);
    this.#profile = name;
  }

  /** Sets the one-way delay of the links that match, in both directions; returns them. */
  setDelay(matches: (link: WanLink) => boolean, delayMs: number): Link[] {
    const changed = this.links.filter((link) => matches(link.wanLink));
    for (const link of changed) link.configure({ ...link.settings, delayMs });
    return changed;
  }
}
