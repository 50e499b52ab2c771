import { connect } from 'node:net';

const METADATA = 3;
const VERSION = 1;
const CORRELATION = 1;
const LIMIT_MS = 2_000;

/**
 * Asks a broker for its metadata and resolves when it counts itself among the brokers: only then does it serve. A
 * hundred bytes by hand instead of a client, as a probe must not depend on what it is there to start.
 */
export function probeBroker(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    let answer = Buffer.alloc(0);
    const end = (failure?: Error) => {
      socket.destroy();
      if (failure) reject(failure);
      else resolve();
    };
    socket.setTimeout(LIMIT_MS, () => end(new Error('the broker does not answer')));
    socket.on('error', (failure) => end(new Error(`the broker does not listen (${failure.message})`)));
    socket.on('close', () => reject(new Error('the broker closed the connection')));
    socket.on('connect', () => socket.write(metadataRequest()));
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      // size, correlation id, then the array of brokers begins with its length.
      if (answer.length < 12) return;
      end(answer.readInt32BE(8) > 0 ? undefined : new Error('the broker is not registered yet'));
    });
  });
}

function metadataRequest(): Buffer {
  const body = Buffer.alloc(2 + 2 + 4 + 2 + 4);
  let at = body.writeInt16BE(METADATA, 0);
  at = body.writeInt16BE(VERSION, at);
  at = body.writeInt32BE(CORRELATION, at);
  at = body.writeInt16BE(-1, at);
  // An empty list: the brokers without any topic.
  body.writeInt32BE(0, at);
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length, 0);
  return Buffer.concat([size, body]);
}
