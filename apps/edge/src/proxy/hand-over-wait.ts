import type { RoutedRequest } from '../routing/client-routing.ts';
import type { Turn, Waiting } from './hand-over-waits.ts';
import type { ProxyState } from './proxy-state.ts';

/** What one request has waited for a region that takes over, and may still. */
export class HandOverWait {
  readonly #state: Pick<ProxyState, 'watch' | 'handOvers' | 'budget'>;
  #untilMs: number | undefined;
  #waiting: Waiting | undefined;
  #hasWaited = false;
  #isGone = false;

  constructor(state: Pick<ProxyState, 'watch' | 'handOvers' | 'budget'>) {
    this.#state = state;
  }

  /** Its time counts from the first time that this is asked. */
  mayWait(): boolean {
    const { handOvers, budget } = this.#state;
    this.#untilMs ??= performance.now() + handOvers.withinMs;
    return performance.now() < this.#untilMs && handOvers.hasRoom && budget.hasRoom();
  }

  /**
   * True when it is to be sent again. `sent` is the epoch under which it was, `known` that of the region which refused it: a
   * newer one says who takes over; under the same one it waits for its turn. Who asks for all others is not taken from the
   * budget of repeats, which would be gone when the others follow: there is one of them at a time.
   */
  async over(routed: RoutedRequest, sent: number, known: number): Promise<boolean> {
    const { handOvers, budget } = this.#state;
    if (!this.#hasWaited) handOvers.total++;
    this.#hasWaited = true;
    const turn = await this.#turn(routed, sent, known);
    if (this.#isGone) return false;
    if (turn === 'asks' || (turn === 'follows' && budget.take())) return true;
    handOvers.inVain++;
    return false;
  }

  /** Its client has gone. */
  leave(): void {
    this.#isGone = true;
    if (this.#waiting) this.#state.handOvers.leave(this.#waiting);
  }

  async #turn({ service, kind }: RoutedRequest, sent: number, known: number): Promise<Turn> {
    const { watch, handOvers } = this.#state;
    const untilMs = this.#untilMs ?? 0;
    if (known <= sent) {
      this.#waiting = { service, kind, epoch: sent, untilMs };
      return handOvers.wait(this.#waiting);
    }
    const reached = watch.reach(known, Math.max(0, untilMs - performance.now()));
    return (await handOvers.beside(reached)) ? 'follows' : 'time is over';
  }
}
