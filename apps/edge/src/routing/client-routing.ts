import {
  chooseRegions,
  type Place,
  type RankedRegion,
  type RoutingDecision,
  rankRegions,
  type ServiceName,
  type Topology,
} from '@meridian/regions';
import type { Upstreams } from './upstreams.ts';

/** The routing decision of libs/regions, fed with this edge's health tables; rankings are kept by place. */
export class ClientRouting {
  readonly #topology: Topology;
  readonly #upstreams: Upstreams;
  /** By the place object: those of the tables live for ever, those of coordinates go with their request. */
  readonly #rankings = new WeakMap<Place, RankedRegion[]>();

  constructor(topology: Topology, upstreams: Upstreams) {
    this.#topology = topology;
    this.#upstreams = upstreams;
  }

  decide(service: ServiceName, place: Place): RoutingDecision {
    let ranked = this.#rankings.get(place);
    if (!ranked) {
      ranked = rankRegions(this.#topology, place);
      this.#rankings.set(place, ranked);
    }
    return chooseRegions(ranked, this.#upstreams.healthByService[service]);
  }
}
