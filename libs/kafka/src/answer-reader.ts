/** Reads an answer from its beginning. One that ends too soon throws a `RangeError`; nothing outside of it is read. */
export class AnswerReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#forward(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#forward(4));
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#forward(8));
  }

  skip(bytes: number): void {
    this.#forward(bytes);
  }

  string(): string {
    const length = this.int16();
    const from = this.#forward(length);
    return this.#bytes.toString('utf8', from, from + length);
  }

  /** A view; empty when there are none. */
  bytes(): Buffer {
    const length = Math.max(0, this.int32());
    const from = this.#forward(length);
    return this.#bytes.subarray(from, from + length);
  }

  array<T>(one: () => T): T[] {
    const count = Math.max(0, this.int32());
    const found: T[] = [];
    for (let i = 0; i < count; i += 1) found.push(one());
    return found;
  }

  /** As `array`, where fields are tagged. */
  compactArray<T>(one: () => T): T[] {
    const count = Math.max(0, this.#varint() - 1);
    const found: T[] = [];
    for (let i = 0; i < count; i += 1) found.push(one());
    return found;
  }

  /** Empty when there is none. */
  compactString(): string {
    const length = Math.max(0, this.#varint() - 1);
    const from = this.#forward(length);
    return this.#bytes.toString('utf8', from, from + length);
  }

  /** In hexadecimal digits. */
  uuid(): string {
    const from = this.#forward(16);
    return this.#bytes.toString('hex', from, from + 16);
  }

  /** Fields that a later broker may add, of which none is known here. */
  skipTags(): void {
    for (let left = this.#varint(); left > 0; left -= 1) {
      this.#varint();
      this.#forward(this.#varint());
    }
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.#forward(1)] as number;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a number is longer than any');
  }

  #forward(bytes: number): number {
    const from = this.#at;
    if (bytes < 0 || from + bytes > this.#bytes.length) throw new RangeError('an answer ends too soon');
    this.#at += bytes;
    return from;
  }
}
