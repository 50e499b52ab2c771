import { createServer, connect as dial, type Server, type Socket } from 'node:net';

/**
 * A link on which everything takes `oneWayMs` in either direction, and that can swallow everything without telling anybody. Harsher than a real one: a connection that lost bytes, or
 * was opened while it swallowed, stays dead after the healing, so only those who open a new one get through.
 */
export class Link {
  swallows = false;
  /** Connections that were taken while it swallowed: shows that somebody kept on trying. */
  opened = 0;
  readonly #oneWayMs: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(target: number, oneWayMs: number) {
    this.#oneWayMs = oneWayMs;
    this.#server = createServer((near) => {
      if (this.swallows) this.opened += 1;
      const far = dial(target, '127.0.0.1');
      this.#join(near, far);
      this.#join(far, near);
    });
  }

  static async open(port: number, target: number, oneWayMs = 0): Promise<Link> {
    const link = new Link(target, oneWayMs);
    await new Promise<void>((resolve) => link.#server.listen(port, '127.0.0.1', resolve));
    return link;
  }

  #join(from: Socket, to: Socket): void {
    let dead = this.swallows;
    this.#sockets.add(from);
    from.on('data', (bytes) => {
      dead ||= this.swallows;
      if (!dead) this.#later(() => to.write(bytes));
    });
    const end = () => {
      this.#sockets.delete(from);
      // An end is news as well.
      if (!dead && !this.swallows) this.#later(() => to.destroy());
    };
    from.on('close', end);
    from.on('error', () => undefined);
  }

  /** Timers of one length end in the order in which they began. */
  #later(work: () => void): void {
    if (this.#oneWayMs === 0) work();
    else setTimeout(work, this.#oneWayMs);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
