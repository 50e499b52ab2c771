/** Of an answer's size, which stands before it. */
const SIZE_BYTES = 4;
/** More than any answer: a fetch has a limit, and a batch beyond it some MB. A peer that is no broker may say anything. */
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * Puts answers together from what arrives of them, each in a buffer of its own that is made once, in the size that it says:
 * what arrived may be overwritten afterwards. kafkajs keeps what arrived and joins it at the end, which for large answers is
 * twice the memory and most of the garbage. A size that no answer has throws a `RangeError`: the connection is of no use then.
 */
export class AnswerAssembly {
  readonly #onAnswer: (answer: Buffer) => void;
  readonly #size = Buffer.alloc(SIZE_BYTES);
  #answer: Buffer | undefined;
  #filled = 0;

  constructor(onAnswer: (answer: Buffer) => void) {
    this.#onAnswer = onAnswer;
  }

  accept(arrived: Buffer): void {
    for (let at = 0; at < arrived.length; ) {
      const into: Buffer = this.#answer ?? this.#size;
      const taken = arrived.copy(into, this.#filled, at);
      at += taken;
      this.#filled += taken;
      if (this.#filled === into.length) this.#full();
    }
  }

  #full(): void {
    const answer = this.#answer;
    this.#filled = 0;
    if (answer) {
      this.#answer = undefined;
      this.#onAnswer(answer);
    } else this.#answer = Buffer.allocUnsafe(this.#sizeToCome());
  }

  #sizeToCome(): number {
    const size = this.#size.readInt32BE();
    if (size < SIZE_BYTES || size > MOST_BYTES) throw new RangeError(`an answer of ${size} bytes`);
    return size;
  }
}
