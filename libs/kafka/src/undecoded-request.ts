import { createRequire } from 'node:module';
import type { Broker, Connection, RequestEntry } from './kafkajs-broker.ts';
// For its order: what it replaces inside of kafkajs has to be in place before a module of kafkajs is loaded.
import './kafkajs.ts';

const require = createRequire(import.meta.url);
const { createErrorFromCode } = require('kafkajs/src/protocol/error.js') as {
  createErrorFromCode(code: number): Error;
};

/** A broker's refusal in its own words; `type` is its name for it. Undefined for 0, which is none. */
export function refusalOf(errorCode: number): Error | undefined {
  return errorCode === 0 ? undefined : createErrorFromCode(errorCode);
}

export interface Request {
  apiKey: number;
  apiName: string;
  apiVersion: number;
  /** What follows the header, in pieces that are written one after the other and not put together before. */
  body: readonly Uint8Array[];
  answerWithinMs: number;
  /** Whether this version has tagged fields (KIP-482), as the header then has them, too: none. The answer's header likewise. */
  isTagged?: true;
}

/**
 * Sends a request over kafkajs's connection and resolves with the answer's bytes. kafkajs keeps the connection, numbers
 * requests and finds their answers; what it would do besides is to copy every byte of a request four times.
 */
export async function ask(broker: Broker, request: Request): Promise<Buffer> {
  const { apiKey, apiName, apiVersion, answerWithinMs } = request;
  const most = broker.versions?.[apiKey]?.maxVersion ?? -1;
  if (most < apiVersion)
    throw new Error(`the broker speaks ${apiName} up to version ${most}, and ${apiVersion} is needed`);
  const connection = broker.connectionPool.pool[0] as Connection;
  connection.failIfNotConnected();
  const correlationId = connection.nextCorrelationId();
  const { payload } = await new Promise<{ payload: Buffer }>((resolve, reject) => {
    const entry: RequestEntry = { apiKey, apiName, apiVersion, correlationId, resolve, reject };
    connection.requestQueue.push({
      ...{ entry, expectResponse: true, requestTimeout: answerWithinMs },
      sendRequest: () => write(connection, request, correlationId),
    });
  });
  return payload;
}

function write(
  { socket, clientId }: Connection,
  { apiKey, apiVersion, body: fields, isTagged }: Request,
  correlationId: number,
): void {
  const body: readonly Uint8Array[] = isTagged ? [NO_TAGS, ...fields] : fields;
  const client = Buffer.from(clientId);
  const header = Buffer.alloc(14);
  const size = header.length - 4 + client.length + body.reduce((sum, piece) => sum + piece.length, 0);
  header.writeInt32BE(size, 0);
  header.writeInt16BE(apiKey, 4);
  header.writeInt16BE(apiVersion, 6);
  header.writeInt32BE(correlationId, 8);
  header.writeInt16BE(client.length, 12);
  socket.cork();
  for (const piece of [header, client, ...body]) socket.write(piece);
  socket.uncork();
}

/** No tagged fields. */
export const NO_TAGS = Buffer.of(0);

/** The numbers and texts of requests, as the protocol writes them. */
export const int8 = (value: number) => Buffer.of(value);
export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}
export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
export function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}
export function string(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([int16(bytes.length), bytes]);
}

/** Of an array or a text where fields are tagged: one more than it is, as 0 says that there is none. */
export function compactLength(length: number): Buffer {
  const bytes: number[] = [];
  let left = length + 1;
  for (; left > 0x7f; left >>>= 7) bytes.push((left & 0x7f) | 0x80);
  return Buffer.of(...bytes, left);
}
export function compactString(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([compactLength(bytes.length), bytes]);
}
