import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { wasNeverSent } from '@meridian/region-client';
import type { Dispatcher } from 'undici';
import { reasonOf } from '../health/reason-of.ts';
import type { Upstream } from '../routing/upstreams.ts';

/**
 * Why a region gave no answer. `unreached`: no connection, so nothing was sent. `lost`: the connection broke, and what
 * became of the request is not known. `timeout`: no answer yet. `unsendable`: the request itself cannot be put on the
 * wire, which says nothing about the region.
 */
export interface NoAnswer {
  kind: 'unreached' | 'lost' | 'timeout' | 'unsendable';
  why: string;
}

export interface OutgoingRequest {
  method: string;
  path: string;
  headers: string[];
  body: Buffer | null;
}

export interface AttemptListener {
  /** The answer's head has come. True: the listener has written its head, the body follows. False: it is thrown away. */
  onAnswer(status: number, headers: IncomingHttpHeaders): boolean;
  onNoAnswer(noAnswer: NoAnswer): void;
  /** After an answer was passed on whole, or broke off. */
  onBodyEnd(whole: boolean): void;
}

const OUR_FAULT = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED']);

/**
 * One try of a request at one upstream. Tells its listener exactly one of `onAnswer` and `onNoAnswer`, or neither once
 * cancelled. Written on undici's dispatcher and not on @fastify/reply-from because the wait must be bounded from here on,
 * with the time in the pool's queue in it: behind a black-holed region that queue is where requests would wait. Also a
 * repeat must go to another region, before anything of the first answer reaches the client.
 */
export class Attempt implements Dispatcher.DispatchHandler {
  readonly #upstream: Upstream;
  readonly #request: OutgoingRequest;
  readonly #timeoutMs: number;
  readonly #target: ServerResponse;
  readonly #listener: AttemptListener;
  #timer: NodeJS.Timeout | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #phase: 'waiting' | 'passing-on' | 'throwing-away' | 'over' = 'waiting';
  #resume: (() => void) | undefined;

  constructor(
    upstream: Upstream,
    request: OutgoingRequest,
    timeoutMs: number,
    target: ServerResponse,
    listener: AttemptListener,
  ) {
    this.#upstream = upstream;
    this.#request = request;
    this.#timeoutMs = timeoutMs;
    this.#target = target;
    this.#listener = listener;
  }

  /** Apart from the constructor, because undici may report a failure before `dispatch` returns. */
  start(): void {
    this.#timer = setTimeout(() => this.#giveUp(), this.#timeoutMs);
    this.#upstream.pool.dispatch(this.#request as Dispatcher.DispatchOptions, this);
  }

  /** The client has gone, or has its answer. */
  cancel(): void {
    if (this.#phase === 'over') return;
    this.#end();
    this.#controller?.abort(new Error('cancelled'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Given up while still in the queue.
    if (this.#phase === 'over') controller.abort(new Error('cancelled'));
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (this.#phase !== 'waiting' || status < 200) return;
    clearTimeout(this.#timer);
    this.#phase = 'passing-on';
    if (!this.#listener.onAnswer(status, headers)) this.#phase = 'throwing-away';
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#phase !== 'passing-on' || this.#target.write(chunk)) return;
    // A client that reads slowly must slow the region down, not fill this process.
    controller.pause();
    if (this.#resume) return;
    this.#resume = () => {
      this.#resume = undefined;
      controller.resume();
    };
    this.#target.once('drain', this.#resume);
  }

  onResponseEnd(): void {
    if (this.#phase === 'passing-on') {
      this.#target.end();
      this.#listener.onBodyEnd(true);
    }
    this.#end();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    const phase = this.#phase;
    this.#end();
    if (phase === 'waiting') this.#listener.onNoAnswer(noAnswerOf(error, this.#timeoutMs));
    if (phase !== 'passing-on') return;
    // Half an answer must not look like a whole one.
    this.#target.destroy();
    this.#listener.onBodyEnd(false);
  }

  #giveUp(): void {
    if (this.#phase !== 'waiting') return;
    this.#end();
    this.#controller?.abort(new Error('timeout'));
    this.#listener.onNoAnswer({ kind: 'timeout', why: `no answer within ${this.#timeoutMs} ms` });
  }

  #end(): void {
    this.#phase = 'over';
    clearTimeout(this.#timer);
  }
}

function noAnswerOf(error: Error, timeoutMs: number): NoAnswer {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const why = reasonOf(error, timeoutMs);
  if (OUR_FAULT.has(code)) return { kind: 'unsendable', why };
  return { kind: wasNeverSent(code) ? 'unreached' : 'lost', why };
}
