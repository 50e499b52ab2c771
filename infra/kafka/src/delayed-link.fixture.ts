import { createServer, connect as dial, type Server, type Socket } from 'node:net';

/** A link on which everything takes a time, in either direction. */
export class DelayedLink {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(target: number, oneWayMs: number) {
    const join = (from: Socket, to: Socket) => {
      this.#sockets.add(from);
      // Timers of one length end in the order in which they began.
      from.on('data', (bytes) => setTimeout(() => to.write(bytes), oneWayMs));
      from.on('close', () => {
        this.#sockets.delete(from);
        setTimeout(() => to.destroy(), oneWayMs);
      });
      from.on('error', () => undefined);
    };
    this.#server = createServer((near) => {
      const far = dial(target, '127.0.0.1');
      join(near, far);
      join(far, near);
    });
  }

  static async open(port: number, target: number, oneWayMs: number): Promise<DelayedLink> {
    const link = new DelayedLink(target, oneWayMs);
    await new Promise<void>((resolve) => link.#server.listen(port, '127.0.0.1', resolve));
    return link;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
