import {
  decideServing,
  type Horizons,
  joinTokens,
  missingRegions,
  needsOf,
  type RowDeps,
  type Token,
} from '@meridian/consistency';
import { type Bell, type Task, within } from '../kernel/host.ts';
import { partitionOf } from '../model/relay.ts';
import type { Server } from './network.ts';
import type { Surroundings } from './surroundings.ts';

/** Who asks, and what it has seen. */
export interface Caller {
  /** Undefined for what a service does by itself. */
  session: string | undefined;
  token: Token;
}

/** `changed` is false for a command that had been carried out before, and for a read. */
export type Answer<T> = { ok: true; value: T; token: Token; changed: boolean } | { ok: false; reason: string };
/** What is done where the request is served. */
export type Handler<Of, T> = (service: Of) => Answer<T> | Task<Answer<T>>;

export interface Serves extends Server {
  readonly region: Surroundings;
  readonly horizons: Horizons;
  readonly horizonMoved: Bell;
  find(key: string): { deps: RowDeps };
}

const BUDGET_MS = 1_000;
const FORWARD_TIMEOUT_MS = 1_500;

/**
 * Model of how @meridian/replication asks, waits and forwards at the level `session`; what to do is decided by the real
 * @meridian/consistency. Needed here is what the token names, and what the authors of the row had seen.
 */
export function* serve<Of extends Serves, T>(
  service: Of,
  key: string,
  caller: Caller,
  handle: Handler<Of, T>,
  forwarded = false,
): Task<Answer<T>> {
  const { kernel, rules, others, observe, id: here } = service.region;
  const startedMs = kernel.nowMs;
  for (;;) {
    const { after } = service.find(key).deps;
    const needs = needsOf(joinTokens(caller.token, after), service.name);
    const { horizons } = service;
    const serving = decideServing({
      ...{ level: rules.level, here, others, home: undefined, forwarded },
      missing: missingRegions(needs, { here, horizons, partitions: [partitionOf(key)] }),
      waitedMs: Math.round(kernel.nowMs - startedMs),
      budgetMs: BUDGET_MS,
    });
    switch (serving.do) {
      case 'serve': {
        const answer = handle(service);
        return 'next' in answer ? yield* answer : answer;
      }
      case 'refuse':
        observe({ kind: 'met', situation: 'a session was refused' });
        return { ok: false, reason: serving.reason };
      case 'forward':
        observe({ kind: 'met', situation: 'a session was forwarded' });
        return yield* forward(service, serving.to, key, caller, handle);
      case 'wait':
        observe({ kind: 'met', situation: 'a session waited' });
        yield* within(kernel, service.horizonMoved.rung, serving.upToMs);
    }
  }
}

function* forward<Of extends Serves, T>(
  { region, name }: Of,
  to: readonly string[],
  key: string,
  caller: Caller,
  handle: Handler<Of, T>,
): Task<Answer<T>> {
  for (const id of to) {
    const peer = region.peer(id, name) as Of;
    const ask = () => serve(peer, key, caller, handle, true);
    const { outcome, value } = yield* region.network.request(region.id, peer, ask, FORWARD_TIMEOUT_MS);
    if (outcome === 'unknown') return { ok: false, reason: 'UpstreamUnknown' };
    if (outcome === 'answered' && (value.ok || value.reason !== 'NotCovered')) return value;
  }
  return { ok: false, reason: 'NotCovered' };
}
