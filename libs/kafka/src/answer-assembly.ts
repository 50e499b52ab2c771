import type { AnswerBuffers } from './answer-buffers.ts';
import type { Receiver } from './client-sockets.ts';

/** Of an answer's size, which stands before it. */
const SIZE_BYTES = 4;
/** More than any answer: a fetch has a limit, and a batch beyond it some MB. A peer that is no broker may say anything. */
const MOST_BYTES = 256 * 1024 * 1024;
/** What is read before an answer's size is known. */
const READ_BYTES = 64 * 1024;

/** How an answer came: so many bytes of it in the time from its first ones, which are not counted, to its last. */
export interface Arrival {
  /** When the first ones came, by `performance.now()`. */
  beganAtMs: number;
  bytes: number;
  ms: number;
}

/**
 * Puts answers together from what arrives of them, each in a buffer of its own that is taken once, in the size that it says.
 * The socket is told by `room` where to put what comes next: what is missing of a large answer is read where it belongs, and
 * only what comes along with its size is moved. kafkajs keeps what arrived and joins it at the end, which for large answers is
 * twice the memory and most of the garbage. A size that no answer has throws a `RangeError`: the connection is of no use then.
 */
export class AnswerAssembly implements Receiver {
  readonly #buffers: AnswerBuffers;
  readonly #onAnswer: (answer: Buffer) => void;
  readonly #beforeSize = Buffer.allocUnsafe(READ_BYTES);
  readonly #size = Buffer.alloc(SIZE_BYTES);
  #answer: Buffer | undefined;
  #filled = 0;
  #beganAtMs = 0;
  #sinceBytes = 0;
  #lastArrival: Arrival = { beganAtMs: 0, bytes: 0, ms: 0 };

  constructor(buffers: AnswerBuffers, onAnswer: (answer: Buffer) => void) {
    this.#buffers = buffers;
    this.#onAnswer = onAnswer;
  }

  /** Of the last answer that came whole. */
  get lastArrival(): Arrival {
    return this.#lastArrival;
  }

  /** Where the next bytes belong; overwritten by the next ones, unless it is an answer's. */
  room(): Buffer {
    return this.#answer?.subarray(this.#filled) ?? this.#beforeSize;
  }

  /** So many bytes have been put into what `room` gave last. */
  arrived(bytes: number): void {
    if (this.#answer) {
      this.#sinceBytes += bytes;
      this.#fill(bytes);
    } else this.#accept(this.#beforeSize.subarray(0, bytes));
  }

  #accept(arrived: Buffer): void {
    this.#beganAtMs = performance.now();
    this.#sinceBytes = 0;
    for (let at = 0; at < arrived.length; ) {
      const taken = arrived.copy(this.#answer ?? this.#size, this.#filled, at);
      at += taken;
      this.#fill(taken);
    }
  }

  #fill(bytes: number): void {
    const answer = this.#answer;
    this.#filled += bytes;
    if (this.#filled < (answer ?? this.#size).length) return;
    this.#filled = 0;
    this.#answer = answer ? undefined : this.#buffers.take(this.#sizeToCome());
    if (!answer) return;
    const beganAtMs = this.#beganAtMs;
    this.#lastArrival = { beganAtMs, bytes: this.#sinceBytes, ms: performance.now() - beganAtMs };
    this.#onAnswer(answer);
  }

  #sizeToCome(): number {
    const size = this.#size.readInt32BE();
    if (size < SIZE_BYTES || size > MOST_BYTES) throw new RangeError(`an answer of ${size} bytes`);
    return size;
  }
}
