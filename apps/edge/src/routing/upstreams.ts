import {
  comeBack,
  mostOut,
  type RegionId,
  regionIds,
  regionsInUse,
  SERVICE_NAMES,
  type Seen,
  type ServiceName,
  type Topology,
  type Warming,
} from '@meridian/regions';
import { Pool } from 'undici';
import { type HealthLimits, startingHealth, type UpstreamHealth } from '../health/upstream-health.ts';
import { ConcurrencyLimit } from '../traffic/concurrency-limit.ts';
import type { LoadLimits } from '../traffic/load-limits.ts';
import { Outlier, type OutlierSettings } from '../traffic/outlier.ts';

/** One service in one region, as the edge reaches it, with what the edge has seen of it. */
export interface Upstream {
  readonly region: RegionId;
  readonly service: ServiceName;
  readonly origin: string;
  /** The name of the link in traces. */
  readonly link: string;
  readonly pool: Pool;
  health: UpstreamHealth;
  /** Smoothed round trip of the readiness probe; null until one was answered. */
  probeMs: number | null;
  requests: number;
  noAnswers: number;
  /** Requests sent there whose answers are not over. */
  inFlight: number;
  /** How many of them there may be. */
  readonly limit: ConcurrencyLimit;
  readonly outlier: Outlier;
  /** Whether it had been ready before it was last put out, and when that was, by the wall clock. */
  wasReady: boolean;
  outAtMs: number;
  /** Since it last came back into traffic; null while it was never away. */
  warming: Warming | null;
}

export interface SlowStartSettings {
  /** How long one that was out for long takes to get all of its share. 0: none does. */
  rampMs: number;
}

export interface UpstreamSettings {
  connections: number;
  connectTimeoutMs: number;
  /** The longest silence inside an answer. */
  silenceMs: number;
}

/** Short beside a client's patience, long enough for some answers at a few dozen requests a second. */
const LIMIT_WINDOW_MS = 250;
/**
 * What a region that does about thirty a second answers within a second. Less would turn clients away from one that is only
 * cold: at 8, a primary that was just started refused 47 of 8,099 requests for being slow in its first seconds.
 */
const LEAST_IN_FLIGHT = 32;

/**
 * All upstreams, and per service the health table that routing reads: changed in place when the health of one changes,
 * so that no request builds one.
 */
export class Upstreams {
  readonly all: readonly Upstream[];
  readonly regions: readonly RegionId[];
  readonly healthByService: Record<ServiceName, Record<RegionId, boolean>>;
  readonly #byService: Record<ServiceName, Record<RegionId, Upstream>>;
  readonly #onChange: (upstream: Upstream, isInUse: boolean) => void;
  readonly #outlier: OutlierSettings;
  readonly #slowStart: SlowStartSettings;
  readonly #ejections = new Set<NodeJS.Timeout>();
  readonly limits: HealthLimits;
  /** Those that the table lets serve: no other counts when it is asked how many may be out. */
  #serving: ReadonlySet<RegionId>;
  /** When any of them last came back into traffic. */
  lastReturnAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    topology: Topology,
    originOf: (region: RegionId, service: ServiceName) => string,
    settings: UpstreamSettings,
    limits: HealthLimits,
    outlier: OutlierSettings,
    slowStart: SlowStartSettings,
    load: LoadLimits,
    onChange: (upstream: Upstream, isInUse: boolean) => void,
  ) {
    this.limits = limits;
    this.#outlier = outlier;
    this.#slowStart = slowStart;
    this.regions = regionIds(topology);
    this.#serving = new Set(this.regions);
    const { maxInFlightPerUpstream: most, slowMs } = load;
    const inFlight = { least: Math.min(LEAST_IN_FLIGHT, most), most, slowMs, windowMs: LIMIT_WINDOW_MS };
    this.#onChange = onChange;
    const perService = <T>(): Record<ServiceName, Record<RegionId, T>> => ({ user: {}, catalog: {}, order: {} });
    this.#byService = perService();
    this.healthByService = perService();
    for (const region of this.regions)
      for (const service of SERVICE_NAMES) {
        const origin = originOf(region, service);
        this.healthByService[service][region] = true;
        this.#byService[service][region] = {
          region,
          service,
          origin,
          link: `edge->${region}/${service}`,
          pool: new Pool(origin, {
            connections: settings.connections,
            connectTimeout: settings.connectTimeoutMs,
            bodyTimeout: settings.silenceMs,
            // The edge's own timer bounds the wait for headers: undici's begins only when a connection is free.
            headersTimeout: 0,
            allowH2: false,
          }),
          health: startingHealth(Date.now()),
          probeMs: null,
          requests: 0,
          noAnswers: 0,
          inFlight: 0,
          limit: new ConcurrencyLimit(inFlight, () => performance.now()),
          outlier: new Outlier(outlier, () => performance.now()),
          wasReady: false,
          outAtMs: 0,
          warming: null,
        };
      }
    this.all = Object.values(this.#byService).flatMap((byRegion) => Object.values(byRegion));
  }

  of(region: RegionId, service: ServiceName): Upstream {
    const upstream = this.#byService[service][region];
    if (!upstream) throw new Error(`There is no upstream for "${service}" in "${region}".`);
    return upstream;
  }

  inRegion(region: RegionId): Upstream[] {
    return SERVICE_NAMES.map((service) => this.of(region, service));
  }

  setHealth(upstream: Upstream, health: UpstreamHealth): void {
    if (health === upstream.health) return;
    const before = seenOf(upstream);
    upstream.health = health;
    if (seenOf(upstream) !== before) this.#publish(upstream.service);
  }

  /** Whether it is used: what is silent may be all the same, when too many are out. */
  isInUse({ service, region }: Upstream): boolean {
    return this.healthByService[service][region] === true;
  }

  /** What became of a request: a failure may put the upstream out, although it is ready. */
  countOutcome(upstream: Upstream, failed: boolean): void {
    if (!upstream.outlier.count(failed)) return;
    const inDoubt = this.regions.filter((region) => {
      const other = this.of(region, upstream.service);
      return seenOf(other) === 'erring' || (seenOf(other) === 'silent' && !this.isInUse(other));
    });
    if (inDoubt.length >= mostOut(this.regions.length, this.#outlier.largestPart)) return;
    const { untilMs } = upstream.outlier.eject();
    this.#publish(upstream.service);
    const timer = setTimeout(
      () => {
        this.#ejections.delete(timer);
        this.#publish(upstream.service);
      },
      Math.ceil(untilMs - performance.now()) + 1,
    );
    this.#ejections.add(timer);
  }

  /** By a new table. */
  setServing(serving: readonly RegionId[]): void {
    this.#serving = new Set(serving);
    for (const service of SERVICE_NAMES) this.#publish(service);
  }

  /** The table lets a region serve again. Since when it was out, only the epochs tell: its services may have been stopped. */
  returnRegion(region: RegionId): void {
    for (const upstream of this.inRegion(region)) this.#return(upstream, Number.NEGATIVE_INFINITY);
  }

  #return(upstream: Upstream, outAtMs: number): void {
    this.lastReturnAtMs = Date.now();
    upstream.warming = comeBack(upstream.warming, outAtMs, this.lastReturnAtMs, this.#slowStart);
  }

  #publish(service: ServiceName): void {
    const health = this.healthByService[service];
    const see = (region: RegionId) => [region, seenOf(this.of(region, service))] as const;
    const serving = this.regions.filter((region) => this.#serving.has(region));
    const others = this.regions.filter((region) => !this.#serving.has(region)).map(see);
    const inUse = {
      ...regionsInUse(Object.fromEntries(serving.map(see)), health, this.#outlier.largestPart),
      ...Object.fromEntries(others.map(([region, seen]) => [region, seen === 'well'])),
    };
    for (const region of this.regions) {
      const isInUse = inUse[region] === true;
      if (isInUse === health[region]) continue;
      health[region] = isInUse;
      const upstream = this.of(region, service);
      // What is up for the first time was not away: regions that start together must not begin with a ramp.
      if (isInUse && upstream.wasReady) this.#return(upstream, upstream.outAtMs);
      if (!isInUse) {
        upstream.wasReady = upstream.probeMs !== null;
        upstream.outAtMs = upstream.health.up ? Date.now() : upstream.health.sinceMs;
      }
      this.#onChange(upstream, isInUse);
    }
  }

  async destroy(): Promise<void> {
    for (const timer of this.#ejections) clearTimeout(timer);
    await Promise.all(this.all.map((upstream) => upstream.pool.destroy()));
  }
}

function seenOf({ health, outlier }: Upstream): Seen {
  if (!health.up) return health.isSilent ? 'silent' : 'lost';
  return outlier.ejection ? 'erring' : 'well';
}
