import { createServer, type Server, type Socket } from 'node:net';
import type { WanLink } from '@meridian/regions';
import { Connection, SOCKET_OPTIONS } from './connection.ts';
import { type LinkEffect, NO_EFFECT } from './faults/fault.ts';
import type { LinkSettings } from './link-settings.ts';
import { Path } from './path.ts';

export interface LinkOptions {
  wanLink: WanLink;
  settings: LinkSettings;
  /** Milliseconds from any beginning; must not go backward. */
  nowMs: () => number;
  /** In [0, 1). */
  random: () => number;
}

/** A directed link: listens where its `from` side connects to, and carries each connection to the upstream of its `to` side. */
export class Link {
  readonly wanLink: WanLink;
  /** The way of requests, and the way of answers. */
  readonly there: Path;
  readonly back: Path;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  readonly #nowMs: () => number;
  #settings: LinkSettings;
  #effect: LinkEffect = NO_EFFECT;

  constructor({ wanLink, settings, nowMs, random }: LinkOptions) {
    this.wanLink = wanLink;
    this.#settings = settings;
    this.there = new Path(settings, random);
    this.back = new Path(settings, random);
    this.#nowMs = nowMs;
    this.#server = createServer(SOCKET_OPTIONS, (client) => this.#accept(client));
  }

  /** Rejects with one plain sentence when the address is taken. */
  listen(): Promise<void> {
    const { id, listen } = this.wanLink;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        const why = error.code === 'EADDRINUSE' ? 'the port is taken' : error.message;
        reject(new Error(`The link ${id} cannot listen on ${listen.host}:${listen.port}: ${why}.`));
      });
      this.#server.listen({ ...listen, backlog: 512 }, resolve);
    });
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.reset();
    await closed;
  }

  get settings(): LinkSettings {
    return this.#settings;
  }

  /** Holds for what is sent from now on. */
  configure(settings: LinkSettings): void {
    this.#settings = settings;
    this.there.configure(settings);
    this.back.configure(settings);
  }

  get effect(): LinkEffect {
    return this.#effect;
  }

  /** Sets what the faults do to this link, all of them together. */
  apply(effect: LinkEffect): void {
    this.#effect = effect;
    for (const connection of [...this.#connections]) connection.apply(effect);
  }

  get connections(): number {
    return this.#connections.size;
  }

  get heldBytes(): number {
    let bytes = 0;
    for (const connection of this.#connections) bytes += connection.heldBytes;
    return bytes;
  }

  #accept(client: Socket): void {
    if (this.#effect.reset) {
      client.on('error', () => {});
      client.resetAndDestroy();
      return;
    }
    const connection: Connection = new Connection({
      client,
      upstream: this.wanLink.upstream,
      there: this.there,
      back: this.back,
      effect: this.#effect,
      nowMs: this.#nowMs,
      onClosed: () => this.#connections.delete(connection),
    });
    this.#connections.add(connection);
  }
}
