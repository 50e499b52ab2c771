import net, { type AddressInfo } from 'node:net';

/** A way to a broker that refuses while it is cut. */
export class CutLink {
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  #target: number | undefined;
  #isCut = false;

  private constructor(server: net.Server) {
    this.#server = server;
    server.on('connection', (near) => {
      if (this.#isCut || this.#target === undefined) return near.destroy();
      const far = net.connect(this.#target, '127.0.0.1');
      for (const socket of [near, far])
        socket.on('error', () => undefined).on('close', () => [near, far].forEach((one) => void one.destroy()));
      this.#sockets.add(near);
      near.pipe(far).pipe(near);
    });
  }

  static async open(): Promise<CutLink> {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new CutLink(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  leadTo(port: number): void {
    this.#target = port;
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  heal(): void {
    this.#isCut = false;
  }

  close(): void {
    this.cut();
    this.#server.close();
  }
}
