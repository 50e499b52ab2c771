import type { AddressInfo } from 'node:net';
import net from 'node:net';

/**
 * The way from one region to another in a test: a socket that passes bytes on. Cut, it is as a network that drops packets:
 * what was open is silent, what is opened is accepted by nobody who answers. That is worse than a refused connection, of
 * which the caller hears at once.
 */
export interface LinkInTest {
  readonly url: string;
  /** Where it leads; nothing is passed on before. */
  leadTo(url: string): void;
  cut(): void;
  heal(): void;
  close(): Promise<void>;
}

export async function openLink(): Promise<LinkInTest> {
  let target: URL | undefined;
  let isCut = false;
  const open = new Set<net.Socket>();
  const keep = (socket: net.Socket) => {
    open.add(socket);
    // Whoever is at either end may go away; the other end hears of it by the close.
    socket.on('error', () => {}).on('close', () => open.delete(socket));
    return socket;
  };
  const server = net.createServer((near) => {
    keep(near);
    if (isCut || !target) return;
    const far = keep(net.connect(Number(target.port), target.hostname));
    near.pipe(far).on('close', () => near.destroy());
    far.pipe(near).on('close', () => far.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo(url) {
      target = new URL(url);
    },
    cut() {
      isCut = true;
      for (const socket of open) socket.unpipe().pause();
    },
    heal() {
      isCut = false;
      // What was silent stays lost, as after a long outage; new connections pass.
      for (const socket of open) socket.destroy();
    },
    close() {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
