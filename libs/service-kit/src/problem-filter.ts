import { PROBLEM_MEDIA_TYPE, PROBLEMS, problem } from '@meridian/contracts';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ProblemError } from './problem-error.ts';
import { traceIdOf } from './request-tracing.ts';
import { allowedMethods } from './routes.ts';
import { ServiceContext } from './service-context.ts';
import { toProblemError } from './to-problem-error.ts';

/**
 * Everything that is refused or goes wrong leaves through here, whether a use case, Nest or Fastify raised it. Faults of
 * ours (5xx) are logged with their stack and trace; the caller gets the trace id to quote, never the stack.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly service: ServiceContext) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const refusal = request.is404 ? notThere(request) : toProblemError(thrown);
    sendProblem(this.service, refusal, request, http.getResponse<FastifyReply>());
  }
}

export function sendProblem(
  service: ServiceContext,
  refusal: ProblemError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const { status } = PROBLEMS[refusal.problem];
  const traceId = traceIdOf(request);
  const path = request.url.split('?', 1)[0];
  if (status >= 500)
    service.logger.error(
      { err: refusal.cause ?? refusal, traceId, method: request.method, route: request.routeOptions?.url, status },
      refusal.message,
    );
  if (reply.sent) return;
  reply
    .code(status)
    .headers(refusal.headers)
    .header('content-type', PROBLEM_MEDIA_TYPE)
    .send(JSON.stringify(problem(refusal.problem, { ...refusal.members, instance: path, traceId })));
}

function notThere(request: FastifyRequest): ProblemError {
  const path = request.url.split('?', 1)[0] ?? '';
  const allowed = allowedMethods(request.server, path);
  if (allowed.length === 0) return new ProblemError('not-found', { detail: 'There is nothing at this path.' });
  const allow = allowed.join(', ');
  return new ProblemError('method-not-allowed', { detail: `This path takes ${allow}.` }, { allow });
}
