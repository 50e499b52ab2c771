import {
  type ConsistencyLevel,
  decideServing,
  decodeToken,
  EMPTY_TOKEN,
  encodeToken,
  isEmptyToken,
  missingRegions,
  type Needs,
  needsOf,
  parseLevel,
  type ServingRefusal,
  stalenessMs,
  type Token,
} from '@meridian/consistency';
import { HEADERS, hlcSchema } from '@meridian/contracts';
import type { Hlc } from '@meridian/hlc';
import type { AppliedHorizons } from '@meridian/inbox';
import { ProblemError } from '@meridian/service-kit';
import { ATTRIBUTES, tracer } from '@meridian/telemetry';
import { type Span, trace } from '@opentelemetry/api';
import type { ForwardedAnswer, ForwardRequests } from './forward-requests.ts';
import { type Home, laterMove } from './home.ts';
import { type ConsistencyRequest, partitionsOf, type Scope } from './operation-scopes.ts';
import type { Session } from './session.ts';

export interface ConsistencyOptions {
  service: string;
  region: string;
  otherRegions: readonly string[];
  horizons: AppliedHorizons;
  forwardRequests: ForwardRequests;
  /** The home of an aggregate; undefined when it is not known here. */
  homeOf(key: string): Promise<Home | undefined>;
  /** How long a request may wait for what is missing here. */
  waitMs: number;
}

export interface Admitted {
  session: Session;
  /** How old what is read may be, when this request was let in; undefined when a region was never heard of. */
  stalenessMs: number | undefined;
}

/** What was forwarded here waits less: who forwarded it has waited, and its client with it. */
const FORWARDED_WAIT_MS = 300;
const HEADER_POINTERS = {
  level: `/headers/${HEADERS.consistency}`,
  token: `/headers/${HEADERS.token}`,
  move: `/headers/${HEADERS.homeMoved}`,
};

/**
 * Gives a request the consistency that it asks for, or says that it cannot: it waits until what its token names has been
 * applied here, then lets a region answer that has it, then refuses. What is decided when is `decideServing`.
 *
 * A write waits as a read does: made on a row that lacks what its author has seen, it would have an older clock reading,
 * and lose against it.
 */
export class Consistency {
  constructor(private readonly options: ConsistencyOptions) {}

  /** Throws a ProblemError for what is asked wrongly, and for what cannot be given. */
  async admit(request: ConsistencyRequest): Promise<Admitted | ForwardedAnswer> {
    const { service, horizons } = this.options;
    const token = readToken(request);
    const asked = readLevel(request, !isEmptyToken(token));
    const level = request.operation.atHome ? 'strong' : asked;
    const needs = this.checkedNeeds(token);
    const scope = request.operation.scopeOf(request);
    if (level === 'strong' && scope.of === 'all')
      throw invalid(HEADER_POINTERS.level, 'A list has no home region; ask for session.');
    const partitions = partitionsOf(scope);
    trace.getActiveSpan()?.setAttribute(ATTRIBUTES.consistencyLevel, level);
    const answer = await this.waitOrForward(request, { level, token, needs, scope, partitions });
    if (answer) return answer;
    const applied = { horizons: horizons.of(service), partitions, nowMs: Date.now() };
    return {
      session: this.sessionOf(level, token, partitions),
      stalenessMs: stalenessMs(this.options.otherRegions, applied),
    };
  }

  /** The answer of another region; undefined when it is to be served here. */
  private async waitOrForward(
    request: ConsistencyRequest,
    asked: { level: ConsistencyLevel; token: Token; needs: Needs; scope: Scope; partitions: number[] },
  ): Promise<ForwardedAnswer | undefined> {
    const { level, token, needs, scope, partitions } = asked;
    const { region: here, otherRegions: others, waitMs } = this.options;
    const sentBy = request.headers[HEADERS.forwardedBy];
    const forwarded = sentBy !== undefined || request.operation.internal;
    const budgetMs = sentBy === undefined ? waitMs : Math.min(waitMs, FORWARDED_WAIT_MS);
    const sentWith = sentBy === undefined ? undefined : readMove(request);
    let home = level === 'strong' ? await this.homeOf(scope) : { region: here };
    const startedMs = performance.now();
    let waiting: Span | undefined;
    try {
      for (;;) {
        const missing = this.missing(needs, partitions);
        const waitedMs = performance.now() - startedMs;
        const later = sentBy === undefined ? undefined : laterMove(home, sentWith);
        const decision = decideServing({
          ...{ level, here, others, missing, home: home?.region, waitedMs, budgetMs, forwarded },
          ...(later && { laterMove: later }),
        });
        if (decision.do === 'serve') return undefined;
        if (decision.do === 'wait') {
          waiting ??= startWait(level, missing);
          await this.options.horizons.untilChange(decision.upToMs);
          if (level === 'strong') home = await this.homeOf(scope);
          continue;
        }
        waiting?.setAttribute(ATTRIBUTES.consistencyOutcome, decision.do);
        waiting?.end();
        waiting = undefined;
        trace.getActiveSpan()?.setAttribute(ATTRIBUTES.consistencyOutcome, decision.do);
        if (decision.do === 'refuse') throw refusal(decision.reason, missing, waitedMs);
        const handedOn = { level, token, movedAt: home?.movedAt };
        const answer = await this.options.forwardRequests.toFirstOf(decision.to, request, handedOn);
        if (answer) return answer;
        throw refusal(
          level === 'strong' ? 'NotHome' : 'NotCovered',
          level === 'strong' ? decision.to : missing,
          waitedMs,
        );
      }
    } finally {
      waiting?.setAttribute(ATTRIBUTES.consistencyOutcome, 'serve');
      waiting?.end();
    }
  }

  private sessionOf(level: ConsistencyLevel, given: Token, partitions: number[]): Session {
    const startedMs = performance.now();
    return {
      level,
      given,
      seen: EMPTY_TOKEN,
      isCovered: (needs) => this.missing(needs, partitions).length === 0,
      settle: async (needs) => {
        const leftMs = this.options.waitMs - (performance.now() - startedMs);
        const missing = this.missing(needs, partitions);
        // It may have come since it was found missing, and then nothing more has to.
        if (missing.length === 0) return;
        if (leftMs <= 0) throw refusal('NotCovered', missing, this.options.waitMs);
        const waiting = startWait(level, missing);
        await this.options.horizons.untilChange(leftMs);
        waiting.end();
      },
    };
  }

  private missing(needs: Needs, partitions: number[]): string[] {
    const { region: here, service, horizons } = this.options;
    return missingRegions(needs, { here, horizons: horizons.of(service), partitions });
  }

  /** A write of something new is at home where it is made. */
  private async homeOf(scope: Scope): Promise<Home | undefined> {
    const [key] = scope.of === 'keys' ? scope.keys : [];
    return key === undefined ? { region: this.options.region } : this.options.homeOf(key);
  }

  private checkedNeeds(token: Token): Needs {
    const { region, otherRegions, service } = this.options;
    const needs = needsOf(token, service);
    const unknown = Object.keys(needs).find((named) => named !== region && !otherRegions.includes(named));
    if (unknown) throw invalid(HEADER_POINTERS.token, `It names "${unknown}", which is not a region.`);
    return needs;
  }
}

function startWait(level: ConsistencyLevel, missing: readonly string[]): Span {
  const attributes = {
    [ATTRIBUTES.consistencyLevel]: level,
    [ATTRIBUTES.consistencyMissing]: [...missing],
  };
  return tracer('replication').startSpan('consistency.wait', { attributes });
}

function readToken({ headers }: ConsistencyRequest): Token {
  const text = headers[HEADERS.token];
  if (text === undefined || text === '') return EMPTY_TOKEN;
  const decoded = decodeToken(String(text));
  if (decoded.ok) return decoded.token;
  throw invalid(HEADER_POINTERS.token, `It is no token that was answered here (${decoded.reason}).`);
}

function readLevel({ headers }: ConsistencyRequest, hasToken: boolean): ConsistencyLevel {
  const text = headers[HEADERS.consistency];
  const parsed = parseLevel(text === undefined ? undefined : String(text), hasToken);
  if (parsed.ok) return parsed.level;
  throw invalid(HEADER_POINTERS.level, 'It is eventual, session or strong.');
}

/** Of the move by which another region knows that this one is the home. */
function readMove({ headers }: ConsistencyRequest): Hlc | undefined {
  const text = headers[HEADERS.homeMoved];
  if (text === undefined) return undefined;
  const reading = hlcSchema.safeParse(String(text));
  if (reading.success) return reading.data;
  throw invalid(HEADER_POINTERS.move, 'It is no clock reading.');
}

function invalid(pointer: string, detail: string): ProblemError {
  return new ProblemError('invalid-request', { errors: [{ pointer, detail }] });
}

const REFUSALS: Record<ServingRefusal, (regions: readonly string[], waitedMs: number) => string> = {
  NotCovered: (regions, waitedMs) =>
    `Writes of ${regions.join(', ')} that the token names have not arrived here after ${Math.round(waitedMs)} ms, and no region that has them could be asked.`,
  NotHome: (regions) =>
    regions.length > 0
      ? `The home region ${regions.join(', ')} of this aggregate cannot be reached.`
      : 'This region is not the home of this aggregate.',
  HomeUnknown: () => 'The home region of this aggregate is not known here.',
};

function refusal(reason: ServingRefusal, regions: readonly string[], waitedMs: number): ProblemError {
  const detail = REFUSALS[reason](reason === 'NotHome' || reason === 'NotCovered' ? regions : [], waitedMs);
  return new ProblemError('consistency-unavailable', { detail }, { 'retry-after': '1' });
}

/** For the answer to say. */
export function consistencyHeaders(
  { session }: Admitted,
  token: Token,
  ageMs: number | undefined,
): Record<string, string> {
  return {
    [HEADERS.consistency]: session.level,
    ...(!isEmptyToken(token) && { [HEADERS.token]: encodeToken(token) }),
    ...(ageMs !== undefined && { [HEADERS.stalenessMs]: String(Math.round(ageMs)) }),
  };
}
