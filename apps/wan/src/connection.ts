import { connect, type Socket } from 'node:net';
import type { Address } from '@meridian/regions';
import type { LinkEffect } from './faults/fault.ts';
import type { Path } from './path.ts';
import { Pipe } from './pipe.ts';

export interface ConnectionOptions {
  client: Socket;
  upstream: Address;
  there: Path;
  back: Path;
  effect: LinkEffect;
  nowMs: () => number;
  onClosed: () => void;
}

/** Large enough that a 64 KiB read, the most Node gives at once, does not fill a socket's buffer by itself. */
const SOCKET_BUFFER_BYTES = 256 * 1024;

/** Of both sockets of a connection. Nothing waits for a full packet: the delay of a link is the one that was asked for. */
export const SOCKET_OPTIONS = { allowHalfOpen: true, noDelay: true, highWaterMark: SOCKET_BUFFER_BYTES };

/**
 * One TCP connection over a link: the client's socket, the upstream's socket, and a pipe each way.
 *
 * Setting up costs what it costs over a real distance. The client's kernel is answered at once, since no user-space
 * program can delay a SYN, but nothing it sends leaves before a round trip is over: the opening travels there, the
 * upstream is connected to, the answer travels back. A refusal travels back like an answer and ends in a reset.
 */
export class Connection {
  readonly #client: Socket;
  readonly #options: ConnectionOptions;
  readonly #forward: Pipe;
  #backward: Pipe | undefined;
  #upstream: Socket | undefined;
  #effect: LinkEffect;
  #established = false;
  #clientIsClosed = false;
  #upstreamIsClosed = true;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#client = options.client;
    this.#effect = options.effect;
    this.#forward = new Pipe({
      path: options.there,
      source: options.client,
      blocked: options.effect.blockedThere,
      nowMs: options.nowMs,
      onOpen: () => this.#reachUpstream(),
    });
    // Registered after the pipe's own listener, so that the end is in the pipe when it is judged here.
    options.client.on('end', () => this.#abandonIfNeverEstablished());
    options.client.on('error', () => this.#clientFailed());
    options.client.on('close', () => {
      this.#clientIsClosed = true;
      this.#finishIfClosed();
    });
    this.#forward.sendOpen();
  }

  /** Bytes that are on the way, or held by a fault, in both directions. */
  get heldBytes(): number {
    return this.#forward.heldBytes + (this.#backward?.heldBytes ?? 0);
  }

  apply(effect: LinkEffect): void {
    const before = this.#effect;
    this.#effect = effect;
    if (effect.reset) {
      this.reset();
      return;
    }
    setBlocked(this.#forward, before.blockedThere, effect.blockedThere);
    setBlocked(this.#backward, before.blockedBack, effect.blockedBack);
    this.#abandonIfNeverEstablished();
  }

  /** Both ends see a reset at once, as from a firewall between them. */
  reset(): void {
    this.#forward.discard();
    this.#backward?.discard();
    this.#client.resetAndDestroy();
    if (this.#upstream?.connecting) this.#upstream.destroy();
    else this.#upstream?.resetAndDestroy();
  }

  #reachUpstream(): void {
    const { upstream: address, back, nowMs } = this.#options;
    const upstream = connect({ ...address, ...SOCKET_OPTIONS });
    const backward = new Pipe({
      path: back,
      source: upstream,
      blocked: this.#effect.blockedBack,
      nowMs,
      onOpen: () => {
        this.#established = true;
        this.#forward.open();
      },
    });
    this.#upstream = upstream;
    this.#upstreamIsClosed = false;
    this.#backward = backward;
    backward.deliverTo(this.#client);
    upstream.once('connect', () => {
      this.#forward.deliverTo(upstream);
      backward.sendOpen();
      backward.open();
    });
    upstream.on('error', () => {
      this.#forward.discard();
      backward.sendReset();
    });
    upstream.on('close', () => {
      this.#upstreamIsClosed = true;
      this.#finishIfClosed();
    });
  }

  #clientFailed(): void {
    this.#backward?.discard();
    if (this.#established) this.#forward.sendReset();
    else this.reset();
  }

  /**
   * A client that gives up while a black hole swallows its SYN leaves nothing behind on a real network, as the connection
   * never was. Without this, what it sent would be delivered after healing, long after it went elsewhere.
   */
  #abandonIfNeverEstablished(): void {
    const swallowed = this.#effect.blockedThere || this.#effect.blockedBack;
    if (!this.#established && swallowed && this.#forward.sourceEnded) this.reset();
  }

  #finishIfClosed(): void {
    if (!this.#clientIsClosed || !this.#upstreamIsClosed) return;
    this.#forward.discard();
    this.#backward?.discard();
    this.#options.onClosed();
  }
}

function setBlocked(pipe: Pipe | undefined, before: boolean, after: boolean): void {
  if (before === after) return;
  if (after) pipe?.block();
  else pipe?.unblock();
}
