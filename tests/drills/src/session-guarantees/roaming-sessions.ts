import type { RegionId } from '@meridian/regions';
import { regions, viaEdge } from '@meridian/test-harness';
import type { SessionOperation } from '@meridian/testing';

export interface RoamingOptions {
  /** One person each; a session writes its own person's name and reads everyone's. */
  persons: readonly string[];
  operationsEach: number;
  /** Whether what an answer's token says is handed on with the next request. */
  withToken: boolean;
  random: () => number;
  /** Where counting goes on, so that no version is written twice. */
  firstVersion: number;
}

export interface Roamed {
  history: SessionOperation[];
  /** In ms, of what was answered. */
  latenciesMs: number[];
  /** Answered by another region than the one that the edge asked. */
  forwarded: number;
  /** Refused with 503: it would have been stale otherwise. */
  refused: number;
}

const TIMEOUT_MS = 15_000;
const WRITES_SHARE = 0.4;

/**
 * Sessions whose every operation goes to another region than the one before it, as no client of a working edge does: the
 * worst that can happen to a session. Each person has one author, so the versions of a name are ordered by their count.
 */
export async function roam(options: RoamingOptions): Promise<Roamed> {
  const roamed: Roamed = { history: [], latenciesMs: [], forwarded: 0, refused: 0 };
  await Promise.all(options.persons.map((_, i) => oneSession(i, options, roamed)));
  return roamed;
}

async function oneSession(me: number, options: RoamingOptions, roamed: Roamed): Promise<void> {
  const { persons, operationsEach, withToken, random, firstVersion } = options;
  let token: string | undefined;
  let version = firstVersion;
  let region = me % regions.length;
  for (let i = 0; i < operationsEach; i += 1) {
    region = (region + 1 + Math.floor(random() * (regions.length - 1))) % regions.length;
    const isWrite = random() < WRITES_SHARE;
    const person = (isWrite ? persons[me] : persons[Math.floor(random() * persons.length)]) as string;
    if (isWrite) version += 1;
    const headers: Record<string, string> = withToken
      ? { 'x-meridian-consistency': 'session', ...(token && { 'x-meridian-token': token }) }
      : { 'x-meridian-consistency': 'eventual' };
    const call = isWrite ? { method: 'PATCH' as const, body: { name: nameOf(version) } } : {};
    const near = regions[region] as RegionId;
    const startedAtMs = performance.now();
    const answer = await viaEdge(near, `/users/${person}`, { ...call, headers, timeoutMs: TIMEOUT_MS }).catch(
      () => undefined,
    );
    const outcome = answer?.status === 200 ? 'ok' : isWrite && (answer?.status ?? 500) >= 500 ? 'info' : 'fail';
    if (answer?.status === 503) roamed.refused += 1;
    if (outcome === 'ok') {
      roamed.latenciesMs.push(performance.now() - startedAtMs);
      token = answer?.headers['x-meridian-token'] ?? token;
      if (answer?.headers['x-meridian-region'] !== near) roamed.forwarded += 1;
    }
    roamed.history.push({
      session: `session-${me}`,
      kind: isWrite ? 'write' : 'read',
      key: person,
      version: isWrite ? nameOf(version) : (answer?.body?.name ?? null),
      outcome,
      region: answer?.headers['x-meridian-region'],
      traceId: answer?.headers['x-meridian-trace-id'],
    });
  }
}

/** Sorts as it counts. */
export function nameOf(version: number): string {
  return `version ${String(version).padStart(6, '0')}`;
}
