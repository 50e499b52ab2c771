import { HEADERS } from '@meridian/contracts';
import { firstRoutingTable, type RegionId, type RoutingTable } from '@meridian/regions';
import type { EpochStore } from './epoch-store.ts';
import { type KnownEpoch, type Learnt, learn, type ToldEpoch } from './known-epoch.ts';

export interface EpochsOptions {
  store: EpochStore;
  region: RegionId;
  /** All there are, for as long as nobody has decided anything. */
  regions: readonly RegionId[];
  /** Whether a control will tell it the epoch. */
  hasControl: boolean;
  nowMs?: () => number;
}

/** What this process knows of who may serve and write, and how it comes to know more. */
export class Epochs {
  readonly region: RegionId;
  readonly nowMs: () => number;
  #known: KnownEpoch;
  #isTold = false;
  /** One telling after the other, so that none is written over a newer one. */
  #telling: Promise<unknown> = Promise.resolve();
  readonly #waiting = new Set<{ epoch: number; end(): void }>();

  constructor(
    private readonly options: EpochsOptions,
    persisted: KnownEpoch | undefined,
  ) {
    this.region = options.region;
    this.nowMs = options.nowMs ?? Date.now;
    this.#known = persisted ?? { table: firstRoutingTable(options.regions) };
  }

  static async open(options: EpochsOptions): Promise<Epochs> {
    return new Epochs(options, await options.store.read());
  }

  get known(): KnownEpoch {
    return this.#known;
  }

  get table(): RoutingTable {
    return this.#known.table;
  }

  /** False between a start and the first word of control: until then what is known may be from before a long sleep. */
  get isCurrent(): boolean {
    return this.#isTold || !this.options.hasControl;
  }

  /** Whether epochs mean anything here; without a control and a word from anywhere, there is none to compare with. */
  get isHeeding(): boolean {
    return this.#isTold || this.options.hasControl;
  }

  /** Learns what it is told, for this process and those after it. A refusal changes nothing. */
  tell(told: ToldEpoch): Promise<Learnt> {
    const telling = this.#telling.then(() => this.#learn(told));
    this.#telling = telling.catch(() => undefined);
    return telling;
  }

  /** Takes over what another process of this service was told. */
  async reload(): Promise<void> {
    const persisted = await this.options.store.read();
    if (persisted && persisted.table.epoch >= this.table.epoch) this.#set(persisted);
  }

  /** Whether it is known by then. Control tells every service of what was decided, so mostly it is a matter of a moment. */
  async untilKnown(epoch: number, withinMs: number): Promise<boolean> {
    if (this.table.epoch >= epoch) return true;
    const { promise, resolve: end } = Promise.withResolvers<void>();
    const one = { epoch, end };
    const timer = setTimeout(end, withinMs);
    this.#waiting.add(one);
    await promise;
    clearTimeout(timer);
    this.#waiting.delete(one);
    return this.table.epoch >= epoch;
  }

  /** Takes the epoch along to another region: to be given to a region client. */
  readonly carry = {
    headers: (): Record<string, string> => ({ [HEADERS.epoch]: String(this.table.epoch) }),
    answered: (): void => undefined,
    /**
     * Refused for an older epoch, nothing was done there; knowing the newer one, this region may ask again. It may have
     * learned of it since it asked.
     */
    askAgain: (headers: Readonly<Record<string, string | undefined>>, withinMs: number): Promise<boolean> => {
      const epoch = Number(headers[HEADERS.epoch]);
      return Number.isInteger(epoch) ? this.untilKnown(epoch, withinMs) : Promise.resolve(false);
    },
  };

  async #learn(told: ToldEpoch): Promise<Learnt> {
    const learnt = learn(this.#known, told, this.nowMs());
    if (!learnt.ok) return learnt;
    if (learnt.changed || !this.#isTold) {
      const isNewer = learnt.known.table.epoch > this.table.epoch || !this.#isTold;
      if (!(await this.options.store.write(learnt.known, isNewer))) {
        await this.reload();
        return { ok: false, reason: 'StaleEpoch' };
      }
    }
    this.#set(learnt.known);
    this.#isTold = true;
    return learnt;
  }

  #set(known: KnownEpoch): void {
    this.#known = known;
    for (const one of this.#waiting) if (one.epoch <= known.table.epoch) one.end();
  }
}
