import { type ApiService, HEADERS, OPERATIONS, type Operation, PARTITIONS_PER_TOPIC } from '@meridian/contracts';
import { partitionOf } from '@meridian/kafka';

/** What a request says that decides which aggregates it is about. Nothing of it has been checked yet. */
export interface Asked {
  method: string;
  params: Readonly<Record<string, string | undefined>>;
  headers: Readonly<Record<string, unknown>>;
  body: unknown;
}

/** The keys of the aggregates that an operation is about, for those where the path does not say; by `POST /orders`. */
export type KeysOf = Readonly<Record<string, (asked: Asked) => string[] | undefined>>;

/**
 * - `keys`: some aggregates; their partitions are what the request waits for.
 * - `all`: a read of whatever there is.
 * - `none`: it makes something new, and follows nothing.
 */
export type Scope = { of: 'keys'; keys: string[] } | { of: 'all' } | { of: 'none' };

export interface ScopedOperation {
  isWrite: boolean;
  /** Answered inside the region only, and so never forwarded. */
  internal: boolean;
  /** Doing it twice does no more than doing it once. */
  repeatable: boolean;
  /** Decided at the home region, whatever level is asked for. */
  atHome: boolean;
  scopeOf(asked: Asked): Scope;
}

/** A request for which something may be waited, or which another region may have to answer. */
export interface ConsistencyRequest extends Asked {
  operation: ScopedOperation;
  /** Path and query. */
  url: string;
  route: string;
}

const ALL_PARTITIONS = Array.from({ length: PARTITIONS_PER_TOPIC }, (_, partition) => partition);

export function partitionsOf(scope: Scope): number[] {
  if (scope.of === 'none') return [];
  if (scope.of === 'all') return ALL_PARTITIONS;
  return [...new Set(scope.keys.map((key) => partitionOf(key, PARTITIONS_PER_TOPIC)))];
}

/**
 * The operations of a service to which consistency applies, by `<method> <route>` as the router writes it. What operators
 * ask of a process is about that process, and takes no part.
 */
export function scopedOperations(service: ApiService, keysOf: KeysOf = {}): ReadonlyMap<string, ScopedOperation> {
  const taking = OPERATIONS[service].filter(({ forOperators }) => !forOperators);
  return new Map(taking.map((operation) => [routeOf(operation), scoped(operation, keysOf)]));
}

function routeOf({ method, path }: Operation): string {
  return `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`;
}

function scoped(operation: Operation, keysOf: KeysOf): ScopedOperation {
  const { method, path, headers, internal, atHome } = operation;
  const isWrite = method !== 'get';
  const named = keysOf[`${method.toUpperCase()} ${path}`];
  const [, parameter] = /\{(\w+)\}/.exec(path) ?? [];
  return {
    isWrite,
    internal: internal === true,
    atHome: atHome === true,
    repeatable: !isWrite || (headers !== undefined && HEADERS.idempotencyKey in headers),
    scopeOf(asked) {
      const keys = named?.(asked) ?? (parameter && asked.params[parameter] ? [asked.params[parameter]] : undefined);
      if (keys) return { of: 'keys', keys };
      return isWrite ? { of: 'none' } : { of: 'all' };
    },
  };
}
