import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type ConsistencyLevel,
  decodeToken,
  EMPTY_TOKEN,
  encodeToken,
  isEmptyToken,
  joinTokens,
  type Needs,
  type Token,
} from '@meridian/consistency';
import { HEADERS } from '@meridian/contracts';

/**
 * What is known of the author while a request, or an event, is carried out: what it had seen before, and what it sees and
 * writes on the way. Around the work and not handed through it, because every read and write of a row takes part, and
 * domain code should know nothing of it.
 */
export interface Session {
  /** What is asked for; `eventual` where nobody asks, as for an event. */
  readonly level: ConsistencyLevel;
  /** What its author had seen elsewhere: the token of the request, and what services say that were called for it. */
  given: Token;
  /** The rows that were read, and what was written. */
  seen: Token;
  /** For an event of this very service: which write of which region is applied. */
  readonly arrived?: { region: string; transaction: string; after: Token };
  /** Waits until these needs are covered for what the request is about. Rejects when that takes too long. */
  readonly settle?: (needs: Needs) => Promise<void>;
  /** Whether they are now. */
  readonly isCovered?: (needs: Needs) => boolean;
}

const sessions = new AsyncLocalStorage<Session>();

export function currentSession(): Session | undefined {
  return sessions.getStore();
}

export function inSession<T>(session: Session, work: () => T): T {
  return sessions.run(session, work);
}

/** What its author has seen by now: for the answer. */
export function tokenAfter({ given, seen }: Session): Token {
  return joinTokens(given, seen);
}

/**
 * Takes the session along to another service and back: to be given to a region client. What that service writes for this
 * request is then in the token of this request's answer, and it waits for what this request's author had seen.
 */
export const carrySession = {
  headers(): Record<string, string> {
    const session = currentSession();
    if (!session) return {};
    const token = tokenAfter(session);
    // At home is where the aggregate of this request is; those of other services have homes of their own.
    const level = session.level === 'eventual' ? 'eventual' : 'session';
    return { [HEADERS.consistency]: level, ...(!isEmptyToken(token) && { [HEADERS.token]: encodeToken(token) }) };
  },
  answered(headers: Readonly<Record<string, string | undefined>>): void {
    const session = currentSession();
    const text = headers[HEADERS.token];
    const told = text === undefined ? undefined : decodeToken(text);
    if (session && told?.ok) session.given = joinTokens(session.given, told.token);
  },
};

/** The session of an event that is applied: its author had seen this. */
export function sessionOfEvent(deps: string | undefined): Pick<Session, 'level' | 'given' | 'seen'> {
  const told = deps === undefined ? undefined : decodeToken(deps);
  return { level: 'eventual', given: told?.ok ? told.token : EMPTY_TOKEN, seen: EMPTY_TOKEN };
}
