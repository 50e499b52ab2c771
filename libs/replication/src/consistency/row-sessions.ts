import {
  afterLocalWrite,
  afterRemoteWrite,
  EMPTY_TOKEN,
  encodeToken,
  isEmptyToken,
  joinTokens,
  needsOf,
  type RowDeps,
  tokenOf,
  tokenOfRow,
} from '@meridian/consistency';
import { writtenFor } from '@meridian/fencing';
import type { WrittenFor } from '@meridian/outbox';
import { currentSession, type Session } from './session.ts';

/** A row as far as sessions are concerned. */
export interface Row {
  deps: RowDeps;
}

/** Where this process is. */
export interface Self {
  service: string;
  region: string;
}

/**
 * Reads rows, notes in the session that they were seen, and, when it was asked for, reads again until what their authors
 * had seen is here, too: an answer must not show an effect without its cause. `rowsOf` names the rows in what was read.
 */
export async function readSettled<T>(
  self: Self,
  read: () => Promise<T>,
  rowsOf: (found: T) => readonly Row[],
): Promise<T> {
  for (;;) {
    const found = await read();
    const settle = noteSeen(self, rowsOf(found));
    if (!settle) return found;
    await settle();
  }
}

/**
 * Notes in the session that these rows were seen. Of a session that may not be shown them yet it returns what is to be
 * waited for, before they are read again.
 */
export function noteSeen({ service }: Self, rows: readonly Row[]): (() => Promise<void>) | undefined {
  const session = currentSession();
  if (!session) return undefined;
  let after = EMPTY_TOKEN;
  for (const { deps } of rows) {
    session.seen = joinTokens(session.seen, tokenOfRow(service, deps));
    after = joinTokens(after, deps.after);
  }
  const { level, settle } = session;
  const needs = needsOf(after, service);
  if (level === 'eventual' || !settle || session.isCovered?.(needs)) return undefined;
  return () => settle(needs);
}

/**
 * A row's `deps` for a write of it, as JSON; and the region under which the database adds the number of the transaction:
 * this one, when the write is one that this region tells others of, and null when it joins what another one told.
 */
export function depsOfWrite(self: Self, known: RowDeps, isTold: boolean): { deps: string; writer: string | null } {
  return { deps: JSON.stringify(depsAfterWrite(self, known, isTold)), writer: isTold ? self.region : null };
}

export function depsAfterWrite({ service, region }: Self, known: RowDeps, isTold: boolean): RowDeps {
  const session = currentSession();
  const joined = session?.arrived ? afterRemoteWrite(known, session.arrived) : known;
  return isTold ? afterLocalWrite(joined, session?.given ?? EMPTY_TOKEN, { service, here: region }) : joined;
}

/** The events of a write of these rows, with what their author had seen, and on whose behalf they are written. */
export function withDeps<Event extends object>(
  self: Self,
  rows: readonly Row[],
  events: readonly Event[],
): (Event & { deps?: string; writtenFor?: WrittenFor })[] {
  const whom = writtenFor();
  const told = whom === 'client' ? {} : { writtenFor: whom };
  const after = rows
    .map(({ deps }) => depsAfterWrite(self, deps, true).after)
    .reduce(joinTokens, currentSession()?.given ?? EMPTY_TOKEN);
  const deps = isEmptyToken(after) ? {} : { deps: encodeToken(after) };
  return events.map((event) => ({ ...event, ...deps, ...told }));
}

/** A write was committed under this number. */
export function noteWrite({ service, region }: Self, transaction: string): void {
  const session: Session | undefined = currentSession();
  if (session) session.seen = joinTokens(session.seen, tokenOf(service, region, transaction));
}
