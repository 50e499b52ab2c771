import { connect, type OnReadOpts, Socket } from 'node:net';
import type { ISocketFactory } from 'kafkajs';
import { wordsOf } from './pauses.ts';

const KEEP_ALIVE_AFTER_MS = 10_000;

/** Whoever says where to put what arrives. */
export interface Receiver {
  /** Asked before each read: no more is read than fits, and nothing before what was read last was told. */
  room(): Buffer;
  /** So many bytes were put there. When it throws, the connection is over. */
  arrived(bytes: number): void;
}

/**
 * The sockets of one kafkajs client. kafkajs keeps a connection on which requests time out, and waits for answers before
 * it closes one; over a link that swallows bytes both can take minutes. Whoever holds the sockets sees whether anything
 * arrives, and can end them.
 */
export class ClientSockets {
  /** When bytes last arrived, in milliseconds of `performance.now()`. 0 before the first. */
  receivedAtMs = 0;
  readonly #sockets = new Set<Socket>();
  #closed = false;

  readonly factory: ISocketFactory = (address) => {
    const socket = this.#open(address);
    socket.on('data', () => {
      this.receivedAtMs = performance.now();
    });
    return socket;
  };

  /** Sockets that put what arrives where `receiver` wants it, and tell nobody else of it. */
  factoryFor(receiver: Receiver): ISocketFactory {
    return (address) => {
      const socket = this.#open(address, {
        buffer: () => receiver.room(),
        callback: (bytes) => {
          this.receivedAtMs = performance.now();
          try {
            receiver.arrived(bytes);
          } catch (failure) {
            socket.destroy(failure as Error);
          }
          return true;
        },
      });
      return socket;
    };
  }

  #open({ host, port, onConnect }: Parameters<ISocketFactory>[0], onread?: OnReadOpts): Socket {
    const options = { host, port, noDelay: true, ...(onread ? { onread } : {}) };
    const socket = this.#closed ? new Socket() : connect(options, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_AFTER_MS);
    socket.on('close', () => this.#sockets.delete(socket));
    // kafkajs listens, too; this is for one that it has let go of.
    socket.on('error', () => undefined);
    this.#sockets.add(socket);
    if (this.#closed) setImmediate(() => socket.destroy(new Error('the client is closed')));
    return socket;
  }

  /** Whether any is open, in both directions. */
  get connected(): boolean {
    for (const socket of this.#sockets) if (socket.readyState === 'open') return true;
    return false;
  }

  /** Runs `work`, which opens some; when it fails, or `closed` aborts before it is done, none is left. */
  async openedBy(work: () => Promise<unknown>, closed: AbortSignal): Promise<void> {
    const onClosed = () => this.close('the client was closed');
    closed.addEventListener('abort', onClosed);
    try {
      await work();
    } catch (failure) {
      this.close(wordsOf(failure));
      throw failure;
    } finally {
      closed.removeEventListener('abort', onClosed);
    }
  }

  /** Ends all, and every one that is still asked for. Requests under way reject with `why`. */
  close(why: string): void {
    this.#closed = true;
    for (const socket of this.#sockets) socket.destroy(new Error(why));
  }
}
