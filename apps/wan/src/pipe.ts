import type { Socket } from 'node:net';
import { Alarm } from './alarm.ts';
import { DelayLine, type Segment } from './delay-line.ts';
import type { Path } from './path.ts';

export interface PipeOptions {
  path: Path;
  source: Socket;
  /** A black hole lies on the path already. */
  blocked: boolean;
  nowMs: () => number;
  /** The opening of the connection has arrived at the far side. */
  onOpen: () => void;
}

/**
 * One direction of a connection: reads a socket, carries what it reads over a path, writes it to another socket.
 *
 * Back-pressure is kept: at most the path's window is on the way, and when the receiver is slow nothing more is taken
 * from the sender, whose own kernel then makes it wait. A path that adds nothing is written through without queueing.
 */
export class Pipe {
  readonly #path: Path;
  readonly #source: Socket;
  readonly #line: DelayLine;
  readonly #nowMs: () => number;
  readonly #onOpen: () => void;
  /** Set for the head of the line, which is in order. */
  readonly #alarm: Alarm;
  #sink: Socket | undefined;
  #sinkIsFull = false;
  #ended = false;
  #closed = false;

  constructor({ path, source, blocked, nowMs, onOpen }: PipeOptions) {
    this.#path = path;
    this.#source = source;
    this.#line = new DelayLine(path, blocked);
    this.#nowMs = nowMs;
    this.#onOpen = onOpen;
    this.#alarm = new Alarm(nowMs, () => this.#deliverArrived());
    source.on('data', (bytes: Buffer) => this.#carry(bytes));
    source.on('end', () => this.#push({ kind: 'end' }));
  }

  /** Where arriving bytes go. They wait until this is known. */
  deliverTo(sink: Socket): void {
    this.#sink = sink;
    sink.on('drain', () => {
      this.#sinkIsFull = false;
      this.#deliverArrived();
    });
    this.#deliverArrived();
  }

  /** Sends the opening of the connection (or the answer to it) over the path. */
  sendOpen(): void {
    this.#push({ kind: 'open' });
  }

  /** The source is gone: once what it sent before has arrived, the other side is reset. */
  sendReset(): void {
    this.#push({ kind: 'reset' });
  }

  /** The connection is established as far as the source knows: its bytes may leave. */
  open(): void {
    this.#line.open(this.#nowMs());
    this.#deliverArrived();
  }

  block(): void {
    this.#line.block();
    this.#arm();
  }

  unblock(): void {
    this.#line.unblock(this.#nowMs());
    this.#deliverArrived();
  }

  /** The receiver is gone: nothing more will arrive. */
  discard(): void {
    this.#closed = true;
    this.#line.clear();
    this.#arm();
    this.#source.resume();
  }

  get heldBytes(): number {
    return this.#line.heldBytes;
  }

  /** The source has said that it sends no more. */
  get sourceEnded(): boolean {
    return this.#ended;
  }

  #carry(bytes: Buffer): void {
    if (this.#closed) return;
    if (this.#canWriteThrough()) this.#write(bytes);
    else this.#push({ kind: 'data', bytes });
    if (this.#mustWait()) this.#source.pause();
  }

  #canWriteThrough(): boolean {
    const line = this.#line;
    return this.#path.addsNothing && line.isEmpty && line.isOpened && !line.isBlocked && this.#canWrite();
  }

  #canWrite(): boolean {
    return this.#sink !== undefined && !this.#sinkIsFull;
  }

  #mustWait(): boolean {
    return this.#line.heldBytes >= this.#path.windowBytes || (this.#sinkIsFull && this.#path.addsNothing);
  }

  #push(segment: Segment): void {
    if (this.#closed) return;
    if (segment.kind === 'end') this.#ended = true;
    this.#line.push(segment, this.#nowMs());
    this.#deliverArrived();
  }

  #deliverArrived(): void {
    if (this.#closed) return;
    const nowMs = this.#nowMs();
    this.#sink?.cork();
    for (;;) {
      if (this.#sinkIsFull) break;
      const segment = this.#line.take(nowMs);
      if (!segment) break;
      this.#deliver(segment);
    }
    this.#sink?.uncork();
    this.#arm();
    if (!this.#closed && this.#source.isPaused() && !this.#mustWait()) this.#source.resume();
  }

  #deliver(segment: Segment): void {
    switch (segment.kind) {
      case 'open':
        this.#onOpen();
        return;
      case 'data':
        this.#write(segment.bytes);
        return;
      case 'end':
        this.#sink?.end();
        return;
      case 'reset':
        this.#sink?.resetAndDestroy();
        this.discard();
    }
  }

  #write(bytes: Buffer): void {
    if (!this.#sink?.writable) return;
    this.#path.countCrossed(bytes.length);
    if (!this.#sink.write(bytes)) this.#sinkIsFull = true;
  }

  #arm(): void {
    this.#alarm.set(this.#closed || this.#sinkIsFull ? Number.POSITIVE_INFINITY : this.#line.nextArrivalMs);
  }
}
