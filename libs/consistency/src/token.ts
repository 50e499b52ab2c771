import { isTransactionNumber, laterTransaction, type TransactionNumber } from './transaction-number.ts';

/**
 * The problem: a client that wrote in one region and reads in another one may not find what it wrote; nor, having seen
 * something, need it find the same again. No region can know what a client has seen elsewhere, unless the client says so.
 *
 * A token is what the client says: for each service and region, the number of the last transaction whose writes its
 * session has made or seen. It is a version vector with one entry per database, so it stays small however many regions,
 * keys and writes there are: joined, never appended to. The transaction's number and not the sequence of the event,
 * because the token is answered before the event is published and numbered; not a clock reading, because what is applied
 * in the order of one clock says nothing of what is still to come.
 *
 * Source: Terry et al., "Session Guarantees for Weakly Consistent Replicated Data" (1994); Parker et al., version vectors
 * (1983).
 *
 * Limits: it is not signed. Who forges one makes itself wait; and who writes with it, those who read in a session what was
 * written, as they are to see what its author says to have seen. The numbers are those of one life of a database: one that
 * is built anew must go on counting beyond its old numbers, or tokens of its past are misread.
 */
export type Token = Readonly<Record<TokenEntry, TransactionNumber>>;

/** `<service>/<region>`: whose transactions are counted. */
export type TokenEntry = string;

export const EMPTY_TOKEN: Token = {};

/** Of a write: its service, its region, and the number of its transaction. */
export function tokenOf(service: string, region: string, transaction: TransactionNumber): Token {
  return { [`${service}/${region}`]: transaction };
}

/** Has seen what either has seen: the greater number of each entry. */
export function joinTokens(a: Token, b: Token): Token {
  const joined: Record<TokenEntry, TransactionNumber> = { ...a };
  for (const [entry, number] of Object.entries(b)) {
    const known = joined[entry];
    joined[entry] = known === undefined ? number : laterTransaction(known, number);
  }
  return joined;
}

export function isEmptyToken(token: Token): boolean {
  for (const _ in token) return false;
  return true;
}

/** What a token asks of one service: numbers by region. */
export type Needs = Readonly<Record<string, TransactionNumber>>;

export function needsOf(token: Token, service: string): Needs {
  const needs: Record<string, TransactionNumber> = {};
  for (const [entry, number] of Object.entries(token)) {
    const [of, region] = entry.split('/') as [string, string];
    if (of === service) needs[region] = number;
  }
  return needs;
}

/** Numbers by region as entries of one service. */
export function tokenOfNeeds(service: string, needs: Needs): Token {
  return Object.fromEntries(Object.entries(needs).map(([region, number]) => [`${service}/${region}`, number]));
}

export type TokenRefusal = 'TooLong' | 'NotBase64Url' | 'NotJson' | 'NotAToken';
export type DecodedToken = { ok: true; token: Token } | { ok: false; reason: TokenRefusal };

/** Nine regions of three services have 27 entries, of about 40 bytes each. */
const LONGEST = 4_096;
const MOST_ENTRIES = 64;
const ENTRY = /^[a-z][a-z0-9-]*\/[a-z][a-z0-9-]*$/;
const BASE64URL = /^[A-Za-z0-9_-]+$/;

/** For a header: opaque to clients, base64url of the JSON, its entries in order, so that equal tokens are equal texts. */
export function encodeToken(token: Token): string {
  const sorted = Object.fromEntries(Object.entries(token).sort(([a], [b]) => (a < b ? -1 : 1)));
  return toBase64Url(JSON.stringify(sorted));
}

export function decodeToken(text: string): DecodedToken {
  if (text.length > LONGEST) return refused('TooLong');
  // A length of 4n + 1 stands for no bytes.
  if (!BASE64URL.test(text) || text.length % 4 === 1) return refused('NotBase64Url');
  let json: unknown;
  try {
    json = JSON.parse(fromBase64Url(text));
  } catch {
    return refused('NotJson');
  }
  return isToken(json) ? { ok: true, token: { ...json } } : refused('NotAToken');
}

function isToken(json: unknown): json is Token {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return false;
  const entries = Object.entries(json);
  return (
    entries.length <= MOST_ENTRIES &&
    entries.every(([entry, number]) => ENTRY.test(entry) && isTransactionNumber(number))
  );
}

function refused(reason: TokenRefusal): DecodedToken {
  return { ok: false, reason };
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const VALUES = new Map([...ALPHABET].map((character, value) => [character, value]));

/** By hand, as a pure lib has neither `Buffer` nor `btoa`. A token is ASCII; whatever else a text holds is no token. */
function toBase64Url(ascii: string): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (let i = 0; i < ascii.length; i += 1) {
    bits = ((bits << 8) | ascii.charCodeAt(i)) & 0xffff;
    held += 8;
    while (held >= 6) {
      held -= 6;
      text += ALPHABET[(bits >> held) & 63];
    }
  }
  return held > 0 ? text + ALPHABET[(bits << (6 - held)) & 63] : text;
}

function fromBase64Url(text: string): string {
  let ascii = '';
  let bits = 0;
  let held = 0;
  for (const character of text) {
    bits = ((bits << 6) | (VALUES.get(character) as number)) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    ascii += String.fromCharCode((bits >> held) & 0xff);
  }
  return ascii;
}
