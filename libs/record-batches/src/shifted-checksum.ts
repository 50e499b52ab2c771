/** The polynomial of CRC-32C, with the bit of the highest power first to go out on the right. */
const POLYNOMIAL = 0x82f63b78;
const ONE = 0x80000000;
const X = 0x40000000;

/** x^1, x^2, x^4, …, of which every power is made; after 31 of them they begin again, as x^(2^31 − 1) is 1 for this polynomial. */
const POWERS: number[] = [X];
while (POWERS.length < 31) POWERS.push(multiply(POWERS.at(-1) as number, POWERS.at(-1) as number));
/** Of a byte's eight bits. */
const FIRST_OF_BYTES = 3;

/**
 * By what the checksum of some bytes differs when the checksum of the beginning differs by `difference` and `bytesBehind` bytes
 * follow, whatever they are: a CRC is linear, so what has changed at the beginning is carried over the rest by one
 * multiplication, and the rest need not be read. A checksum that was wrong stays wrong.
 *
 * Source: as `crc32_combine` of zlib (M. Adler), for the polynomial of CRC-32C.
 */
export function shiftedChecksum(difference: number, bytesBehind: number): number {
  let power = ONE;
  for (let [left, at] = [bytesBehind, FIRST_OF_BYTES]; left > 0; left = Math.floor(left / 2), at += 1)
    if (left % 2 === 1) power = multiply(POWERS[at % POWERS.length] as number, power);
  return multiply(power, difference);
}

/** Of two polynomials over GF(2), modulo that of the checksum. */
function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= shifted;
    shifted = (shifted & 1) === 0 ? shifted >>> 1 : (shifted >>> 1) ^ POLYNOMIAL;
  }
  return product >>> 0;
}
