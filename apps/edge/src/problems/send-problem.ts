import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { PROBLEM_MEDIA_TYPE, type ProblemName, problem } from '@meridian/contracts';

export interface ProblemMembers {
  detail: string;
  /** The path of the request. */
  instance?: string | undefined;
  traceId?: string | undefined;
}

/** Answers in the edge's own name. Does nothing when an answer was begun: half of one cannot be taken back. */
export function sendProblem(
  response: ServerResponse,
  name: ProblemName,
  members: ProblemMembers,
  headers: OutgoingHttpHeaders = {},
): void {
  if (response.headersSent || response.destroyed) return;
  const body = problem(name, members);
  const text = JSON.stringify(body);
  response.writeHead(body.status, {
    ...headers,
    'content-type': PROBLEM_MEDIA_TYPE,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(response.req.method === 'HEAD' ? undefined : text);
}

/** The path without its query, which may hold what belongs in no log or answer. */
export function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}
