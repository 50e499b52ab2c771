import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Refusal } from '../refusals.ts';

/** As sent, and as unpacked: a small body may unpack to any size. */
export const BODY_LIMIT_BYTES = 4 * 1024 * 1024;

/**
 * Objects and lists in a body. An object of two characters takes 56 bytes and more once it is parsed, so a body within
 * the limit could still take all of the heap: `[{},{},{},…]` did. A span of a service has some 30 in 1.5 KB, so this is
 * more than 4 MiB of real spans have.
 */
const MOST_OBJECTS = 150_000;

const unzip = promisify(gunzip);

/** The JSON of a body that may be packed. Refuses what is none, or too large once unpacked. */
export async function readJson(body: Buffer, encoding: string | undefined): Promise<unknown> {
  const bytes = await unpack(body, encoding);
  if (countObjects(bytes) > MOST_OBJECTS)
    throw new Refusal('payload-too-large', `A request body may hold at most ${MOST_OBJECTS} objects and lists.`);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new Refusal('malformed-request', 'The body is not JSON.');
  }
}

async function unpack(body: Buffer, encoding: string | undefined): Promise<Buffer> {
  if (encoding === undefined || encoding === 'identity') return body;
  if (encoding !== 'gzip')
    throw new Refusal('unsupported-media-type', `A body may be packed with gzip, not with "${encoding}".`);
  try {
    return await unzip(body, { maxOutputLength: BODY_LIMIT_BYTES });
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw Refusal.tooLarge(BODY_LIMIT_BYTES);
    throw new Refusal('malformed-request', 'The body is not gzip.');
  }
}

/** Brackets within texts are counted along: few, and this is no parser. */
function countObjects(json: Buffer): number {
  let count = 0;
  for (const byte of json) if (byte === OPENING_BRACE || byte === OPENING_BRACKET) count += 1;
  return count;
}

const OPENING_BRACE = '{'.charCodeAt(0);
const OPENING_BRACKET = '['.charCodeAt(0);
