import { type ApiService, HEADERS } from '@meridian/contracts';
import { ProblemError, ServiceContext } from '@meridian/service-kit';
import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { catchError, from, mergeMap, type Observable, throwError } from 'rxjs';
import { Fence } from './fence.ts';
import { type FencedKind, fencedOperations } from './fenced-operations.ts';
import { isFencedCommit } from './is-fenced-commit.ts';

/**
 * Puts the fence around every request: before anything of it is read, whether it may come in; and behind its handler the
 * reason, when the commit was refused for which it had been let in.
 */
@Injectable()
export class FenceHooks implements OnModuleInit, NestInterceptor {
  private readonly operations: ReadonlyMap<string, FencedKind>;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly fence: Fence,
    { name }: ServiceContext,
  ) {
    this.operations = fencedOperations(name as ApiService);
  }

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onRequest', (request, _reply, done) => {
      const kind = this.kindOf(request);
      const waiting = kind && this.fence.admit(kind, request.headers[HEADERS.epoch]);
      if (waiting) waiting.then(() => done(), done);
      else done();
    });
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const kind = this.kindOf(context.switchToHttp().getRequest<FastifyRequest>());
    if (!kind) return next.handle();
    return next.handle().pipe(
      catchError((failure) => {
        if (failure instanceof ProblemError) return throwError(() => this.fence.asOwn(failure));
        if (!isFencedCommit(failure)) return throwError(() => failure);
        return from(this.fence.refusalOfCommit(kind)).pipe(mergeMap((refusal) => throwError(() => refusal)));
      }),
    );
  }

  private kindOf({ method, routeOptions }: FastifyRequest): FencedKind | undefined {
    // A HEAD is a GET whose answer has no body.
    return this.operations.get(`${method === 'HEAD' ? 'GET' : method} ${routeOptions.url}`);
  }
}
