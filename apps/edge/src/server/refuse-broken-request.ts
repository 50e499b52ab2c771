import type { Socket } from 'node:net';
import { PROBLEM_MEDIA_TYPE, PROBLEMS, type ProblemName, problem } from '@meridian/contracts';

/** What Node's parser could not make a request of is answered on the bare socket, then the connection is closed. */
export function refuseBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [name, detail] = reasonFor(error.code);
  const body = JSON.stringify(problem(name, { detail }));
  socket.end(
    `HTTP/1.1 ${PROBLEMS[name].status} ${name}\r\n` +
      `content-type: ${PROBLEM_MEDIA_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    // A client that goes on sending must not keep the connection.
    () => socket.destroySoon(),
  );
}

function reasonFor(code: string | undefined): [ProblemName, string] {
  if (code === 'HPE_HEADER_OVERFLOW') return ['headers-too-large', 'The headers of a request may be at most 12 KiB.'];
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return ['request-timeout', 'The request did not arrive in time.'];
  return ['malformed-request', 'This is not a request in HTTP/1.1.'];
}
