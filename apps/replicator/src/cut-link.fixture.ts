import net, { type AddressInfo } from 'node:net';

/** A way to a broker that refuses while it is cut; what the broker answers may be on its way for a while. */
export class CutLink {
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  #target: number | undefined;
  #isCut = false;

  private constructor(server: net.Server, answersAfterMs: number) {
    this.#server = server;
    server.on('connection', (near) => {
      if (this.#isCut || this.#target === undefined) return near.destroy();
      const far = net.connect(this.#target, '127.0.0.1');
      for (const socket of [near, far])
        socket.on('error', () => undefined).on('close', () => [near, far].forEach((one) => void one.destroy()));
      this.#sockets.add(near);
      near.pipe(far);
      far.on('data', (answer) => setTimeout(() => near.write(answer), answersAfterMs));
    });
  }

  static async open({ answersAfterMs = 0 } = {}): Promise<CutLink> {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new CutLink(server, answersAfterMs);
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
