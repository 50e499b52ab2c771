import type { Logger } from 'pino';
import type { ClientSockets } from './client-sockets.ts';
import { atMost, createBackoff, pause, wordsOf } from './pauses.ts';
import { createVerdict, isOutOfSequence, kindOfSendFailure } from './send-failure.ts';

/** Whether there is still a connection is looked at this often. */
const LOOK_EVERY_MS = 250;
const RETRY_FIRST_MS = 50;
const RETRY_LONGEST_MS = 500;
/** Of the 3 s that closing may take, how long it waits for what was sent. */
const DRAIN_WITHIN_MS = 2_000;
const DISCONNECT_WITHIN_MS = 500;

/** The records were not written, and never will be. */
export class RecordsRefused extends Error {
  override readonly name = 'RecordsRefused';
}

/** Of the producer that the batch names, another batch is due: somebody else has written in its name, or the log has lost some. */
export class OutOfSequence extends Error {
  override readonly name = 'OutOfSequence';
}

export class ProducerClosed extends Error {
  override readonly name = 'ProducerClosed';
  constructor(options?: ErrorOptions) {
    super('the producer was closed before the records were acknowledged', options);
  }
}

export interface OpenClient {
  readonly sockets: ClientSockets;
  disconnect(): Promise<unknown>;
}

/**
 * A client to write with that waits outages out: after the loss of a connection a new one is opened, and what was not
 * acknowledged is sent again, until it is or is refused for good. What was sent around an outage can be there twice.
 */
export class PersistentClient<Client extends OpenClient> {
  readonly #openOne: (closed: AbortSignal) => Promise<Client>;
  readonly #logger: Logger | undefined;
  readonly #closed = new AbortController();
  readonly #outstanding = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;
  #open: Client | undefined;
  #opening: Promise<Client> | undefined;
  /** Said once per outage. */
  #saidAway = false;

  /** `open` rejects when the cluster cannot be reached now, and leaves nothing open when `closed` aborts meanwhile. */
  constructor(open: (closed: AbortSignal) => Promise<Client>, logger: Logger | undefined) {
    this.#openOne = open;
    this.#logger = logger;
    void this.#keepOpen();
  }

  get connected(): boolean {
    return this.#open?.sockets.connected ?? false;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await atMost(DRAIN_WITHIN_MS, Promise.allSettled(this.#outstanding));
    this.#closed.abort();
    const open = this.#open;
    if (!open) return;
    await atMost(DISCONNECT_WITHIN_MS, open.disconnect());
    this.#drop(open, 'the producer was closed');
  }

  /** Work of one or more deliveries, which closing waits for. */
  async outstanding<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing) throw new ProducerClosed();
    const working = work();
    const settled = working.then(
      () => undefined,
      () => undefined,
    );
    this.#outstanding.add(settled);
    return await working.finally(() => this.#outstanding.delete(settled));
  }

  /** Rejects only with `RecordsRefused`, `OutOfSequence` or `ProducerClosed`. */
  async deliver<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const backoff = createBackoff(RETRY_FIRST_MS, RETRY_LONGEST_MS);
    const isForGood = createVerdict(() => performance.now());
    for (;;) {
      let open: Client | undefined;
      try {
        open = await this.#unlessClosed(this.#current());
        const done = await this.#unlessClosed(work(open));
        this.#sayBack();
        return done;
      } catch (failure) {
        if (this.#closed.signal.aborted) throw new ProducerClosed({ cause: failure });
        const kind = kindOfSendFailure(failure);
        if (isForGood(kind)) {
          // The client would go on asking for a topic that is not there, for all who send.
          if (kind === 'unknown' && open) this.#drop(open, 'a topic is not there');
          const Refusal = isOutOfSequence(failure) ? OutOfSequence : RecordsRefused;
          throw new Refusal(wordsOf(failure), { cause: failure });
        }
        if (kind === 'lost') {
          if (open) this.#drop(open, wordsOf(failure));
          this.#sayAway(failure);
        }
        await pause(backoff.nextMs(), this.#closed.signal);
      }
    }
  }

  /** A broker that comes back is connected to before the next send. */
  async #keepOpen(): Promise<void> {
    const backoff = createBackoff(RETRY_FIRST_MS, RETRY_LONGEST_MS);
    while (!this.#closed.signal.aborted) {
      try {
        await this.#current();
        backoff.reset();
        await pause(LOOK_EVERY_MS, this.#closed.signal);
      } catch (failure) {
        this.#sayAway(failure);
        await pause(backoff.nextMs(), this.#closed.signal);
      }
    }
  }

  /** The client, if it is connected; else a new one. Rejects when the cluster cannot be reached now. */
  #current(): Promise<Client> {
    if (this.#open?.sockets.connected) return Promise.resolve(this.#open);
    if (this.#open) this.#drop(this.#open, 'the connection was lost');
    this.#opening ??= this.#unlessClosed(this.#openOne(this.#closed.signal))
      .then((open) => {
        this.#open = open;
        this.#sayBack();
        return open;
      })
      .finally(() => {
        this.#opening = undefined;
      });
    return this.#opening;
  }

  #drop(open: Client, why: string): void {
    if (this.#open === open) this.#open = undefined;
    open.sockets.close(why);
    open.disconnect().catch(() => undefined);
  }
  async #unlessClosed<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#closed;
    if (signal.aborted) {
      // It is under way already; what becomes of it is of no interest, but a rejection that nobody takes ends a process.
      work.catch(() => undefined);
      throw new ProducerClosed();
    }
    let onAbort = () => {};
    const closed = new Promise<never>((_, reject) => {
      onAbort = () => reject(new ProducerClosed());
      signal.addEventListener('abort', onAbort);
    });
    try {
      return await Promise.race([work, closed]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #sayAway(failure: unknown): void {
    if (this.#saidAway || this.#closing) return;
    this.#saidAway = true;
    this.#logger?.warn({ why: wordsOf(failure) }, 'the producer has no cluster; trying until there is one');
  }

  #sayBack(): void {
    if (!this.#saidAway) return;
    this.#saidAway = false;
    this.#logger?.info({}, 'the producer has its cluster');
  }
}
