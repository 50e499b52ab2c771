import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { HEADERS, type ProblemName } from '@meridian/contracts';
import type { RoutingDecision, ServiceName } from '@meridian/regions';
import { afterAnswer, afterNoAnswer } from '../health/upstream-health.ts';
import { pathOf, sendProblem } from '../problems/send-problem.ts';
import type { Upstream, Upstreams } from '../routing/upstreams.ts';
import { answerHeaders } from './answer-headers.ts';
import { Attempt, type AttemptListener, type NoAnswer } from './attempt.ts';
import { honoursKey, mayRepeat } from './may-repeat.ts';
import { requestHeaders } from './request-headers.ts';
import type { AttemptTrace, RequestTrace } from './request-trace.ts';
import type { RetryBudget } from './retry-budget.ts';

export interface ProxySettings {
  /** How long the first region may take when the request can still be repeated in another one. */
  firstTryTimeoutMs: number;
  /** How long a region may take otherwise. */
  upstreamTimeoutMs: number;
}

export interface ProxyState {
  readonly upstreams: Upstreams;
  readonly budget: RetryBudget;
  readonly settings: ProxySettings;
  draining: boolean;
  inFlight: number;
}

/** Answers of a region by which it says that another one may do better. */
const TRY_ELSEWHERE = new Set([502, 503, 504]);
const RETRY_AFTER_S = '1';

/** One client's request on its way through at most two regions. */
export class ProxiedRequest implements AttemptListener {
  readonly #state: ProxyState;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #body: Buffer | null;
  readonly #service: ServiceName;
  readonly #decision: RoutingDecision;
  readonly #trace: RequestTrace;
  readonly #headers: string[];
  readonly #repeatable: boolean;
  #tried = 0;
  #attempt: Attempt | undefined;
  #attemptTrace: AttemptTrace | undefined;
  #upstream: Upstream | undefined;

  constructor(
    state: ProxyState,
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer | null,
    service: ServiceName,
    decision: RoutingDecision,
    trace: RequestTrace,
  ) {
    this.#state = state;
    this.#request = request;
    this.#response = response;
    this.#body = body;
    this.#service = service;
    this.#decision = decision;
    this.#trace = trace;
    this.#headers = requestHeaders(request.headers, undefined);
    this.#repeatable = mayRepeat(this.#method, this.#path, this.#headers);
  }

  get #method(): string {
    return this.#request.method ?? 'GET';
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
  }

  onAnswer(status: number, headers: IncomingHttpHeaders): boolean {
    const upstream = this.#current();
    this.#state.upstreams.setHealth(upstream, afterAnswer(upstream.health));
    this.#attemptTrace?.end(status);
    if (TRY_ELSEWHERE.has(status) && this.#takeRepeat()) {
      // Not from within undici's parser, which is still reading this answer.
      setImmediate(() => this.#tryNext());
      return false;
    }
    this.#response.writeHead(status, answerHeaders(headers, this.#ownHeaders(this.#servedBy(headers, upstream))));
    return true;
  }

  onNoAnswer(noAnswer: NoAnswer): void {
    const upstream = this.#current();
    this.#attemptTrace?.end(noAnswer.why);
    if (noAnswer.kind === 'unsendable') {
      this.#refuse('malformed-request', `The request cannot be passed on: ${noAnswer.why}.`);
      return;
    }
    upstream.noAnswers++;
    const { upstreams } = this.#state;
    upstreams.setHealth(upstream, afterNoAnswer(upstream.health, upstreams.limits, Date.now(), noAnswer.why));
    if (this.#takeRepeat()) this.#tryNext();
    else this.#giveUp(noAnswer, upstream.region);
  }

  onBodyEnd(whole: boolean): void {
    if (!whole) this.#trace.span.addEvent('the answer broke off');
  }

  #tryNext(): void {
    const next = this.#decision.candidates[this.#tried];
    if (!next || this.#response.destroyed) return;
    this.#tried++;
    const upstream = this.#state.upstreams.of(next.region, this.#service);
    this.#upstream = upstream;
    upstream.requests++;
    this.#attemptTrace = this.#trace.attempt(upstream, this.#tried);
    const { traceparent } = this.#attemptTrace;
    const headers = traceparent === undefined ? this.#headers : [...this.#headers, 'traceparent', traceparent];
    const { settings, budget } = this.#state;
    const timeoutMs = this.#couldRepeat() && budget.hasRoom() ? settings.firstTryTimeoutMs : settings.upstreamTimeoutMs;
    const outgoing = { method: this.#method, path: this.#request.url ?? '/', headers, body: this.#body };
    this.#attempt = new Attempt(upstream, outgoing, timeoutMs, this.#response, this);
    this.#attempt.start();
  }

  #couldRepeat(): boolean {
    return this.#repeatable && this.#tried === 1 && this.#decision.candidates.length > 1;
  }

  #takeRepeat(): boolean {
    return this.#couldRepeat() && !this.#response.destroyed && this.#state.budget.take();
  }

  #giveUp(noAnswer: NoAnswer, region: string): void {
    const withKey = honoursKey(this.#method, this.#path) ? ' (an Idempotency-Key makes it safe)' : '';
    const after = this.#repeatable
      ? ''
      : ` It was not repeated elsewhere, as doing it twice could have an effect twice${withKey}.`;
    if (noAnswer.kind === 'timeout') this.#refuse('upstream-timeout', `${region}: ${noAnswer.why}.${after}`);
    else if (noAnswer.kind === 'lost' && !this.#repeatable)
      this.#refuse(
        'upstream-error',
        `${region}: ${noAnswer.why}, so it is not known whether the request took effect.${after}`,
      );
    else this.#refuse('region-unavailable', `${region}: ${noAnswer.why}.`);
  }

  #refuse(name: ProblemName, detail: string): void {
    const headers = {
      ...this.#ownHeaders(undefined),
      ...(name === 'region-unavailable' && { 'retry-after': RETRY_AFTER_S }),
    };
    const { traceId } = this.#trace;
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

  #current(): Upstream {
    if (!this.#upstream) throw new Error('An answer came before anything was asked.');
    return this.#upstream;
  }

  /** After the last byte has gone out, or when the client has gone. */
  #close(): void {
    this.#state.inFlight--;
    const { span } = this.#trace;
    const whole = this.#response.writableFinished;
    if (!whole) {
      this.#attempt?.cancel();
      this.#attemptTrace?.end('the client has gone');
    }
    if (span.isRecording()) {
      span.setAttributes({ 'meridian.edge.attempts': this.#tried });
      if (this.#upstream) span.setAttribute('meridian.edge.region', this.#upstream.region);
    }
    this.#trace.end(whole ? this.#response.statusCode : 'the answer was not delivered whole');
  }
}
