/** Records that are not what the format says, inside of a batch whose checksum is right. */
export class MalformedRecord extends Error {
  override readonly name = 'MalformedRecord';
}

const LONGEST_VARINT = 10;

/** A place in the records of a batch. Reading beyond their end, or a number that no record has, throws `MalformedRecord`. */
export class RecordCursor {
  readonly bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** A zigzag number of base 128, as long as it is exact. */
  varint(): number {
    const { bytes } = this;
    let raw = 0;
    let factor = 1;
    for (let i = 0; i < LONGEST_VARINT; i += 1) {
      const byte = bytes[this.at];
      if (byte === undefined) throw new MalformedRecord('a number ends outside of the records');
      this.at += 1;
      raw += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(raw)) break;
        return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
      }
      factor *= 128;
    }
    throw new MalformedRecord('a number is too large');
  }

  skip(length: number): void {
    if (length < 0 || this.at + length > this.bytes.length) throw new MalformedRecord('a length leads outside');
    this.at += length;
  }

  /** Bytes behind their length; null for the length −1. A view. */
  field(): Uint8Array | null {
    const length = this.varint();
    if (length === -1) return null;
    const from = this.at;
    this.skip(length);
    return this.bytes.subarray(from, this.at);
  }
}

export function sizeOfVarint(value: number): number {
  let size = 1;
  for (let raw = zigzag(value); raw >= 0x80; raw = Math.floor(raw / 128)) size += 1;
  return size;
}

/** Returns where the next byte goes. */
export function writeVarint(into: Uint8Array, at: number, value: number): number {
  let next = at;
  let raw = zigzag(value);
  for (; raw >= 0x80; raw = Math.floor(raw / 128)) {
    into[next] = (raw % 128) | 0x80;
    next += 1;
  }
  into[next] = raw;
  return next + 1;
}

const zigzag = (value: number) => (value >= 0 ? value * 2 : -value * 2 - 1);
