import {
  type Place,
  type RankedRegion,
  type RegionShares,
  type RoutingDecision,
  type RoutingTable,
  type RttTable,
  rankByRtt,
  rankRegions,
  reduceShare,
  regionShares,
  routeRequest,
  type ServiceName,
  type Topology,
  warmShare,
} from '@meridian/regions';
import type { MeasuredRtts } from './measured-rtts.ts';
import type { SlowStartSettings, Upstreams } from './upstreams.ts';

/** What of a request decides where it goes. */
export interface RoutedRequest {
  service: ServiceName;
  place: Place;
  kind: 'read' | 'write';
  /** Requests with the same key fall into the same share. */
  key: string;
  session?: readonly string[];
}

/** The sun moves a fiftieth of the traffic in a minute; at 720 times its speed, as much in 80 ms. */
const SHARES_FRESH_MS = 50;

/** The routing decision of libs/regions, fed with the table and with this edge's health; rankings are kept by place. */
export class ClientRouting {
  readonly #topology: Topology;
  readonly #upstreams: Upstreams;
  readonly #slowStart: SlowStartSettings;
  readonly #currentTable: () => RoutingTable;
  /** By the place object: those of the tables live for ever, those of coordinates go with their request. */
  #rankings = new WeakMap<Place, RankedRegion[]>();
  /** Undefined: distance decides. */
  readonly #rtts: MeasuredRtts | undefined;
  #rankedBy: RttTable | undefined;
  #shares: RegionShares = {};
  #sharesOf: RoutingTable | undefined;
  #sharesAtMs = 0;

  constructor(
    topology: Topology,
    upstreams: Upstreams,
    slowStart: SlowStartSettings,
    currentTable: () => RoutingTable,
    rtts?: MeasuredRtts,
  ) {
    this.#topology = topology;
    this.#upstreams = upstreams;
    this.#slowStart = slowStart;
    this.#currentTable = currentTable;
    this.#rtts = rtts;
  }

  get table(): RoutingTable {
    return this.#currentTable();
  }

  decide({ service, place, kind, key, session }: RoutedRequest): RoutingDecision {
    const ranked = this.#ranked(place);
    const health = this.#upstreams.healthByService[service];
    const question = { table: this.table, ranked, health, shares: this.sharesOf(service), kind, key };
    return routeRequest(session === undefined ? question : { ...question, session });
  }

  #ranked(place: Place): RankedRegion[] {
    const rtts = this.#rtts?.at(Date.now());
    if (rtts !== this.#rankedBy) {
      this.#rankedBy = rtts;
      this.#rankings = new WeakMap();
    }
    const known = this.#rankings.get(place);
    if (known) return known;
    const byDistance = rankRegions(this.#topology, place);
    const ranked = rtts ? rankByRtt(byDistance, rtts) : byDistance;
    this.#rankings.set(place, ranked);
    return ranked;
  }

  /** What share of what distance gives them the regions have for a service now. */
  sharesOf(service: ServiceName): RegionShares {
    const nowMs = Date.now();
    const { table } = this;
    const isFresh = table.mode.kind !== 'follow-the-sun' || nowMs - this.#sharesAtMs < SHARES_FRESH_MS;
    if (this.#sharesOf !== table || !isFresh) {
      this.#shares = regionShares(table, this.#topology, nowMs);
      this.#sharesOf = table;
      this.#sharesAtMs = nowMs;
    }
    const { rampMs } = this.#slowStart;
    if (nowMs >= this.#upstreams.lastReturnAtMs + rampMs) return this.#shares;
    const shares = { ...this.#shares };
    for (const [region, share] of Object.entries(shares)) {
      const { warming } = this.#upstreams.of(region, service);
      shares[region] = reduceShare(share, warmShare(warming, nowMs, this.#slowStart), 'slow-start');
    }
    return shares;
  }
}
