import type { RoutingDecision, ServiceName } from '@meridian/regions';
import type { Upstream } from '../routing/upstreams.ts';
import type { ProxyState } from './proxy-state.ts';

/** The regions of one decision, one after the other. */
export class Candidates {
  readonly #decision: RoutingDecision;
  readonly #service: ServiceName;
  readonly #state: Pick<ProxyState, 'upstreams' | 'shedder'>;
  #next = 0;

  constructor(decision: RoutingDecision, service: ServiceName, state: Pick<ProxyState, 'upstreams' | 'shedder'>) {
    this.#decision = decision;
    this.#service = service;
    this.#state = state;
  }

  get hasNext(): boolean {
    return this.#next < this.#decision.candidates.length;
  }

  /** The next one that can take a request more; `passedOver` is told of those that cannot. */
  nextWithRoom(passedOver: (upstream: Upstream) => void): Upstream | undefined {
    const { candidates } = this.#decision;
    while (this.hasNext) {
      const candidate = candidates[this.#next++];
      const upstream = candidate && this.#state.upstreams.of(candidate.region, this.#service);
      if (!upstream) continue;
      if (this.#state.shedder.hasRoom(upstream)) return upstream;
      passedOver(upstream);
    }
    return undefined;
  }
}
