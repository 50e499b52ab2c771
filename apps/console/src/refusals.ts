import { PROBLEM_MEDIA_TYPE, type Problem, type ProblemName, problem } from '@meridian/contracts';
import type { Logger } from '@meridian/service-kit/process';
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import type { z } from 'zod';

/** Thrown to refuse a request; becomes an answer in problem+json. */
export class Refusal extends Error {
  readonly problem: ProblemName;
  readonly errors: Problem['errors'];

  constructor(name: ProblemName, detail: string, errors?: Problem['errors']) {
    super(detail);
    this.problem = name;
    this.errors = errors;
  }

  static tooLarge(limitBytes: number): Refusal {
    return new Refusal('payload-too-large', `A request body may be at most ${limitBytes} bytes.`);
  }

  static ofSchema(error: z.ZodError): Refusal {
    const errors = error.issues.map(({ path, message }) => ({
      pointer: path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
      detail: message,
    }));
    return new Refusal('invalid-request', 'The request is not an export of traces in OTLP/JSON.', errors);
  }
}

const PROBLEM_BY_STATUS: Record<number, ProblemName> = {
  400: 'malformed-request',
  404: 'not-found',
  408: 'request-timeout',
  413: 'payload-too-large',
  415: 'unsupported-media-type',
};

/** Whatever is refused or goes wrong leaves as problem+json. */
export function answerWithProblems(app: FastifyInstance, logger: Logger): void {
  app.setNotFoundHandler((request, reply) => {
    return send(reply, problem('not-found', { instance: pathOf(request.url) }));
  });
  app.setErrorHandler((error: FastifyError | Refusal, request, reply) => {
    const name =
      error instanceof Refusal ? error.problem : (PROBLEM_BY_STATUS[error.statusCode ?? 500] ?? 'internal-error');
    // What failed here is told to the log and not to the caller.
    if (name === 'internal-error')
      logger.error({ err: error, method: request.method, path: pathOf(request.url) }, 'a request failed');
    const body = problem(name, {
      ...(name === 'internal-error' ? {} : { detail: error.message }),
      instance: pathOf(request.url),
      ...(error instanceof Refusal && error.errors ? { errors: error.errors } : {}),
    });
    return send(reply, body);
  });
}

function send(reply: FastifyReply, body: Problem): FastifyReply {
  return reply.code(body.status).type(PROBLEM_MEDIA_TYPE).send(body);
}

function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? url;
}
