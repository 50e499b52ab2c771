import type { ServiceName } from '@meridian/regions';
import type { Turn } from './hand-over-waits.ts';
import type { ProxyState } from './proxy-state.ts';

/** What one request has waited for a region that takes over, and may still. */
export class HandOverWait {
  readonly #state: Pick<ProxyState, 'watch' | 'handOvers' | 'budget'>;
  #untilMs: number | undefined;

  constructor(state: Pick<ProxyState, 'watch' | 'handOvers' | 'budget'>) {
    this.#state = state;
  }

  /** Its time counts from the first time that this is asked. */
  mayWait(): boolean {
    const { handOvers, budget } = this.#state;
    if (this.#untilMs === undefined) {
      this.#untilMs = performance.now() + handOvers.withinMs;
      handOvers.total++;
    }
    return performance.now() < this.#untilMs && handOvers.hasRoom && budget.hasRoom();
  }

  /**
   * True when it is to be sent again. `sent` is the epoch under which it was, `known` that of the region which refused it: a
   * newer one says who takes over; under the same one it waits for its turn. Who asks for all others is not taken from the
   * budget of repeats, which would be gone when the others follow: there is one of them at a time.
   */
  async over(service: ServiceName, sent: number, known: number, isGone: () => boolean): Promise<boolean> {
    const { handOvers, budget } = this.#state;
    const turn = await this.#turn(service, sent, known, isGone);
    if (isGone()) return false;
    if (turn === 'asks' || (turn === 'follows' && budget.take())) return true;
    handOvers.inVain++;
    return false;
  }

  async #turn(service: ServiceName, sent: number, known: number, isGone: () => boolean): Promise<Turn> {
    const { watch, handOvers } = this.#state;
    const untilMs = this.#untilMs ?? 0;
    if (known <= sent) return handOvers.wait({ service, epoch: sent, untilMs, isGone });
    return (await watch.reach(known, Math.max(0, untilMs - performance.now()))) ? 'follows' : 'time is over';
  }
}
