import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { afterAnswer, afterNoAnswer } from '../health/upstream-health.ts';
import type { Upstream, Upstreams } from '../routing/upstreams.ts';
import { isFailure } from '../traffic/outlier.ts';
import { Attempt, type AttemptListener, type NoAnswer, type OutgoingRequest } from './attempt.ts';
import type { AttemptTrace } from './request-trace.ts';

export interface TryListener {
  /** True: the listener has written the answer's head, the body follows. False: the answer is thrown away. */
  onAnswer(by: RegionTry, status: number, headers: IncomingHttpHeaders): boolean;
  onNoAnswer(by: RegionTry, noAnswer: NoAnswer): void;
  /** An answer that was passed on broke off. */
  onBrokenOff(): void;
}

/** One region's turn at a request, and what it teaches about that region. */
export class RegionTry implements AttemptListener {
  readonly upstream: Upstream;
  readonly #upstreams: Upstreams;
  readonly #trace: AttemptTrace;
  readonly #attempt: Attempt;
  readonly #listener: TryListener;
  #startedMs = 0;
  #isAnswered = false;
  #isOver = false;

  constructor(
    upstreams: Upstreams,
    upstream: Upstream,
    request: OutgoingRequest,
    timeoutMs: number,
    trace: AttemptTrace,
    target: ServerResponse,
    listener: TryListener,
  ) {
    this.upstream = upstream;
    this.#upstreams = upstreams;
    this.#trace = trace;
    this.#listener = listener;
    this.#attempt = new Attempt(upstream, request, timeoutMs, target, this);
  }

  start(): void {
    this.upstream.requests++;
    this.upstream.inFlight++;
    this.#startedMs = performance.now();
    this.#attempt.start();
  }

  /** The client has gone, or has its answer from elsewhere. */
  cancel(why: string): void {
    this.#attempt.cancel();
    this.#trace.end(why);
    if (!this.#isOver && !this.#isAnswered)
      this.upstream.limit.noteGivenUp(performance.now() - this.#startedMs, this.upstream.inFlight);
    this.#leave();
  }

  onAnswer(status: number, headers: IncomingHttpHeaders): boolean {
    const { upstream } = this;
    this.#upstreams.setHealth(upstream, afterAnswer(upstream.health));
    this.#upstreams.countOutcome(upstream, isFailure(status, headers['retry-after']));
    this.#isAnswered = true;
    this.#noteTime();
    this.#trace.end(status);
    const isPassedOn = this.#listener.onAnswer(this, status, headers);
    if (!isPassedOn) this.#leave();
    return isPassedOn;
  }

  onNoAnswer(noAnswer: NoAnswer): void {
    const { upstream } = this;
    this.#trace.end(noAnswer.why);
    if (noAnswer.kind === 'timeout') this.#noteTime();
    this.#leave();
    // What cannot be put on the wire says nothing about the region.
    if (noAnswer.kind !== 'unsendable') {
      upstream.noAnswers++;
      const { limits } = this.#upstreams;
      this.#upstreams.setHealth(upstream, afterNoAnswer(upstream.health, limits, Date.now(), noAnswer.why));
      this.#upstreams.countOutcome(upstream, true);
    }
    this.#listener.onNoAnswer(this, noAnswer);
  }

  onBodyEnd(whole: boolean): void {
    this.#leave();
    if (!whole) this.#listener.onBrokenOff();
  }

  /** What was refused at once, or broke off, says nothing of how much is too much. */
  #noteTime(): void {
    this.upstream.limit.note(performance.now() - this.#startedMs, this.upstream.inFlight);
  }

  #leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.upstream.inFlight--;
  }
}
