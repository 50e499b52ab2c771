import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { HEADERS, type ProblemName } from '@meridian/contracts';
import type { RegionId, RoutingDecision } from '@meridian/regions';
import { pathOf, sendProblem } from '../problems/send-problem.ts';
import type { RoutedRequest } from '../routing/client-routing.ts';
import type { Upstream } from '../routing/upstreams.ts';
import { answerHeaders } from './answer-headers.ts';
import type { NoAnswer } from './attempt.ts';
import { Candidates } from './candidates.ts';
import { HandOverWait } from './hand-over-wait.ts';
import { honoursKey, mayRepeat } from './may-repeat.ts';
import type { ProxyState } from './proxy-state.ts';
import { comeAgain, refusalOf } from './refusal-of.ts';
import { refusedByFence } from './refused-by-fence.ts';
import { RegionTry, type TryListener } from './region-try.ts';
import { requestHeaders } from './request-headers.ts';
import type { RequestTrace } from './request-trace.ts';

/** Answers of a region by which it says that another one may do better. */
const TRY_ELSEWHERE = new Set([502, 503, 504]);

/**
 * One client's request on its way through at most two regions; where one has refused it and done nothing of it, as another is
 * taking over, until that one has.
 */
export class ProxiedRequest implements TryListener {
  readonly #state: ProxyState;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #body: Buffer | null;
  readonly #routed: RoutedRequest;
  readonly #trace: RequestTrace;
  readonly #headers: string[];
  readonly #repeatable: boolean;
  #candidates: Candidates;
  #tried = 0;
  /** Another region was asked, or is, as the first one did not do. */
  #isRepeated = false;
  /** The tries that have no answer yet, and the one whose answer is passed on. Two only while a read is hedged. */
  #live: RegionTry[] = [];
  #last: RegionTry | undefined;
  #hedge: NodeJS.Timeout | undefined;
  #epoch = 0;
  #knewNewerTable = false;
  #handOver: HandOverWait | undefined;

  constructor(
    state: ProxyState,
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer | null,
    routed: RoutedRequest,
    decision: RoutingDecision,
    trace: RequestTrace,
  ) {
    this.#state = state;
    this.#request = request;
    this.#response = response;
    this.#body = body;
    this.#routed = routed;
    this.#candidates = new Candidates(decision, routed.service, state);
    this.#trace = trace;
    this.#headers = requestHeaders(request.headers, undefined);
    this.#repeatable = mayRepeat(this.#method, this.#path, this.#headers);
  }

  get #method(): string {
    return this.#request.method ?? 'GET';
  }

  /** Made for the few that need one. */
  get #handOverWait(): HandOverWait {
    this.#handOver ??= new HandOverWait(this.#state);
    return this.#handOver;
  }

  /** Without the query. */
  get #path(): string {
    return pathOf(this.#request.url ?? '/');
  }

  start(): void {
    this.#state.inFlight++;
    this.#state.budget.countRequest();
    this.#response.once('close', () => this.#close());
    this.#tryNext();
    const { hedgeReadsAfterMs } = this.#state.settings;
    if (hedgeReadsAfterMs !== undefined && this.#routed.kind === 'read')
      this.#hedge = setTimeout(() => this.#askAnotherAsWell(), hedgeReadsAfterMs);
  }

  onAnswer(by: RegionTry, status: number, headers: IncomingHttpHeaders): boolean {
    const newer = this.#newerEpoch(status, headers);
    const isUseless = newer !== undefined || TRY_ELSEWHERE.has(status);
    if (isUseless && this.#othersThan(by).length > 0) {
      this.#live = this.#othersThan(by);
      return false;
    }
    if (newer !== undefined) {
      this.#live = [];
      void this.#routeAnew(newer, by.upstream.region);
      return false;
    }
    const refusedAt = refusedByFence(status, headers);
    if (isUseless && this.#takeRepeat(this.#repeatable || refusedAt !== undefined)) {
      this.#live = [];
      // Not from within undici's parser, which is still reading this answer.
      setImmediate(() => this.#tryNext());
      return false;
    }
    if (refusedAt !== undefined && this.#handOverWait.mayWait()) {
      this.#live = [];
      void this.#waitForHandOver(refusedAt, by.upstream.region);
      return false;
    }
    // Only what was done shows that the region serves: some of what it refuses it does not even look at.
    if (status < 400) this.#state.handOvers.taken({ ...this.#routed, epoch: this.#epoch });
    this.#settleFor(by);
    this.#response.writeHead(status, answerHeaders(headers, this.#ownHeaders(this.#servedBy(headers, by.upstream))));
    return true;
  }

  onNoAnswer(by: RegionTry, noAnswer: NoAnswer): void {
    this.#live = this.#othersThan(by);
    if (noAnswer.kind === 'unsendable') for (const other of this.#live) other.cancel('it cannot be passed on');
    else if (this.#live.length > 0) return;
    if (noAnswer.kind !== 'unsendable' && this.#takeRepeat()) this.#tryNext();
    else this.#giveUp(noAnswer, by.upstream.region);
  }

  onBrokenOff(): void {
    this.#trace.span.addEvent('the answer broke off');
  }

  #tryNext(): void {
    if (this.#response.destroyed) return;
    const full = ({ region }: Upstream) => this.#trace.span.addEvent(`${region} has as many as it can take`);
    const upstream = this.#candidates.nextWithRoom(full);
    if (!upstream) {
      this.#state.shedder.count(this.#routed.kind);
      this.#refuse('overloaded', 'Every region that could serve this request has as many as it can take.');
      return;
    }
    this.#tried++;
    const { settings, budget, routing, upstreams } = this.#state;
    this.#epoch = routing.table.epoch;
    const attemptTrace = this.#trace.attempt(upstream, this.#tried);
    const headers = [...this.#headers, HEADERS.epoch, String(this.#epoch)];
    if (attemptTrace.traceparent !== undefined) headers.push('traceparent', attemptTrace.traceparent);
    const timeoutMs =
      this.#couldRepeat(this.#repeatable) && budget.hasRoom() ? settings.firstTryTimeoutMs : settings.upstreamTimeoutMs;
    const outgoing = { method: this.#method, path: this.#request.url ?? '/', headers, body: this.#body };
    const next = new RegionTry(upstreams, upstream, outgoing, timeoutMs, attemptTrace, this.#response, this);
    this.#last = next;
    this.#live.push(next);
    next.start();
  }

  #askAnotherAsWell(): void {
    if (this.#live.length !== 1 || this.#response.headersSent || !this.#takeRepeat()) return;
    this.#state.hedges.sent++;
    this.#trace.span.setAttribute('meridian.edge.hedged', true);
    this.#tryNext();
  }

  /** Its answer is the client's. */
  #settleFor(by: RegionTry): void {
    clearTimeout(this.#hedge);
    for (const other of this.#othersThan(by)) other.cancel('another region was faster');
    if (this.#live.length > 1 && by === this.#last) this.#state.hedges.won++;
    this.#live = [by];
    this.#last = by;
  }

  #othersThan(by: RegionTry): RegionTry[] {
    return this.#live.filter((other) => other !== by);
  }

  /** A region that refuses a request for its old epoch has done nothing of it, and says which epoch it knows. */
  #newerEpoch(status: number, headers: IncomingHttpHeaders): number | undefined {
    if (status !== 409) return undefined;
    const known = Number(headers[HEADERS.epoch]);
    return known > this.#epoch ? known : undefined;
  }

  async #routeAnew(epoch: number, region: RegionId): Promise<void> {
    const { watch, settings } = this.#state;
    const isKnown = !this.#knewNewerTable && (await watch.reach(epoch, settings.newerTableMs));
    if (this.#response.destroyed) return;
    if (!isKnown) {
      this.#refuse(
        'region-unavailable',
        `${region} knows of epoch ${epoch}, whose routing table was not learned here in time.`,
      );
      return;
    }
    this.#knewNewerTable = true;
    this.#tryByNewestTable();
  }

  async #waitForHandOver(known: number, region: RegionId): Promise<void> {
    const startedMs = performance.now();
    const goesOn = await this.#handOverWait.over(this.#routed, this.#epoch, known);
    if (this.#response.destroyed) return;
    const waitedMs = Math.round(performance.now() - startedMs);
    this.#trace.span.addEvent('waited for a hand-over', { 'meridian.edge.waited_ms': waitedMs });
    if (goesOn) return this.#tryByNewestTable();
    const name = this.#routed.kind === 'write' ? 'region-not-writable' : 'region-not-serving';
    this.#refuse(name, `${region} may not serve it now, and it could not be sent on in time.`);
  }

  #tryByNewestTable(): void {
    this.#candidates = new Candidates(this.#state.routing.decide(this.#routed), this.#routed.service, this.#state);
    this.#tryNext();
  }

  #couldRepeat(isSafe: boolean): boolean {
    return isSafe && !this.#isRepeated && this.#candidates.hasNext;
  }

  /** Of what may be done twice, or was not even begun. */
  #takeRepeat(isSafe = this.#repeatable): boolean {
    if (!this.#couldRepeat(isSafe) || this.#response.destroyed || !this.#state.budget.take()) return false;
    this.#isRepeated = true;
    return true;
  }

  #giveUp(noAnswer: NoAnswer, region: RegionId): void {
    const keyWouldHelp = honoursKey(this.#method, this.#path);
    const { name, detail } = refusalOf(noAnswer, { region, repeatable: this.#repeatable, keyWouldHelp });
    this.#refuse(name, detail);
  }

  #refuse(name: ProblemName, detail: string): void {
    const { traceId } = this.#trace;
    const headers = { ...this.#ownHeaders(undefined), ...comeAgain(name) };
    sendProblem(this.#response, name, { detail, instance: this.#path, traceId }, headers);
  }

  /** A region that cannot give the consistency asked for lets another one answer, and says which. */
  #servedBy({ [HEADERS.region]: said }: IncomingHttpHeaders, { region }: Upstream): string {
    return this.#state.upstreams.regions.find((known) => known === said) ?? region;
  }

  #ownHeaders(servedBy: string | undefined): Record<string, string> {
    const own: Record<string, string> = {};
    if (servedBy !== undefined) own[HEADERS.region] = servedBy;
    if (this.#tried > 1) own[HEADERS.retries] = String(this.#tried - 1);
    if (this.#trace.traceId !== undefined) own[HEADERS.traceId] = this.#trace.traceId;
    if (this.#state.draining) own.connection = 'close';
    return own;
  }

  /** After the last byte has gone out, or when the client has gone. */
  #close(): void {
    this.#state.inFlight--;
    clearTimeout(this.#hedge);
    const { span } = this.#trace;
    const whole = this.#response.writableFinished;
    if (!whole) {
      for (const tried of this.#live) tried.cancel('the client has gone');
      this.#handOver?.leave();
    }
    if (span.isRecording()) {
      span.setAttributes({ 'meridian.edge.attempts': this.#tried });
      if (this.#last) span.setAttribute('meridian.edge.region', this.#last.upstream.region);
    }
    this.#trace.end(whole ? this.#response.statusCode : 'the answer was not delivered whole');
  }
}
