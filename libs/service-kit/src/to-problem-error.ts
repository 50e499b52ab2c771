import type { ProblemName } from '@meridian/contracts';
import { HttpException } from '@nestjs/common';
import { isDatabaseAway, isOutcomeUnknown } from './database/database-away.ts';
import { ProblemError } from './problem-error.ts';

/** What Fastify and Nest refuse by themselves, by the status with which they would. */
const BY_STATUS: Partial<Record<number, { problem: ProblemName; detail?: string }>> = {
  400: { problem: 'malformed-request' },
  404: { problem: 'not-found' },
  405: { problem: 'method-not-allowed' },
  413: { problem: 'payload-too-large' },
  415: { problem: 'unsupported-media-type', detail: 'Send the body as application/json.' },
  503: { problem: 'service-unavailable' },
};

/** Fastify's own messages may quote the request; these say the same and quote nothing. */
const DETAIL_BY_CODE: Record<string, string> = {
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty, but its type is application/json.',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not valid JSON.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body is not as long as Content-Length says.',
  FST_ERR_BAD_URL: 'The path is not a valid URL.',
  FST_ERR_MAX_PARAM_LENGTH: 'A part of the path is too long.',
};

/** Turns whatever was thrown into an answer. What nobody foresaw is `internal-error`, and says nothing of its cause. */
export function toProblemError(thrown: unknown): ProblemError {
  if (thrown instanceof ProblemError) return thrown;
  if (isDatabaseAway(thrown)) return databaseAway(thrown);
  const status = thrown instanceof HttpException ? thrown.getStatus() : property(thrown, 'statusCode');
  if (typeof status !== 'number') return internal(thrown);
  const known = BY_STATUS[status] ?? (status >= 400 && status < 500 ? { problem: 'malformed-request' } : undefined);
  if (!known) return internal(thrown);
  const origin = thrown instanceof HttpException ? (thrown.cause ?? thrown) : thrown;
  const code = property(origin, 'code');
  const detail = (typeof code === 'string' && DETAIL_BY_CODE[code]) || known.detail;
  return new ProblemError(known.problem, detail === undefined ? {} : { detail }, {}, { cause: thrown });
}

/** It passes by itself, and 503 tells the edge to try another region with what may be done twice. */
function databaseAway(thrown: unknown): ProblemError {
  const cause = { cause: thrown };
  if (isOutcomeUnknown(thrown)) {
    // No `retry-after`: that would invite to do again what may have been done.
    const detail = 'The database went away under the request; whether the request took effect is not known.';
    return new ProblemError('service-unavailable', { detail }, {}, cause);
  }
  return new ProblemError('service-unavailable', { detail: 'The database is away.' }, { 'retry-after': '1' }, cause);
}

function internal(thrown: unknown): ProblemError {
  return new ProblemError('internal-error', {}, {}, { cause: thrown });
}

function property(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null && name in of ? (of as Record<string, unknown>)[name] : undefined;
}
