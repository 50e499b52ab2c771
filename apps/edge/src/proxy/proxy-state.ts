import type { ClientRouting } from '../routing/client-routing.ts';
import type { Upstreams } from '../routing/upstreams.ts';
import type { RoutingTableWatch } from '../table/routing-table-watch.ts';
import type { LoadShedder } from '../traffic/load-limits.ts';
import type { HandOverWaits } from './hand-over-waits.ts';
import type { RetryBudget } from './retry-budget.ts';

export interface ProxySettings {
  /** How long the first region may take when the request can still be repeated in another one. */
  firstTryTimeoutMs: number;
  /** How long a region may take otherwise. */
  upstreamTimeoutMs: number;
  /** After how long without an answer a read is asked of a second region as well; undefined: never. */
  hedgeReadsAfterMs?: number | undefined;
  /** Whether a session stays in the regions that its token names. */
  stickySessions: boolean;
  /** How long a request may wait for a routing table that a region knows of already. */
  newerTableMs: number;
}

export interface ProxyState {
  readonly upstreams: Upstreams;
  readonly routing: ClientRouting;
  readonly watch: RoutingTableWatch;
  readonly budget: RetryBudget;
  readonly handOvers: HandOverWaits;
  readonly shedder: LoadShedder;
  readonly settings: ProxySettings;
  readonly hedges: { sent: number; won: number };
  draining: boolean;
  inFlight: number;
}
