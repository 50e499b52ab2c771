import type { ApiService } from '@meridian/contracts';
import { ServiceContext } from '@meridian/service-kit';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Admitted, Consistency, consistencyHeaders } from './consistency.ts';
import { type KeysOf, type ScopedOperation, scopedOperations } from './operation-scopes.ts';
import { inSession, tokenAfter } from './session.ts';

/** Which keys an operation is about, where its path does not say. A class, so that it can be injected. */
export class OperationKeys {
  constructor(readonly keysOf: KeysOf = {}) {}
}

/**
 * Puts consistency around every request: before its handler the wait, or the other region's answer in its place; behind
 * it the headers that say what was reached. Hooks and not an interceptor, as a forwarded request must not reach a pipe,
 * and an answer that refuses has a token as well.
 */
@Injectable()
export class ConsistencyHooks implements OnModuleInit {
  private readonly operations: ReadonlyMap<string, ScopedOperation>;
  private readonly admitted = new WeakMap<FastifyRequest, Admitted & { atMs: number }>();

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly consistency: Consistency,
    { name }: ServiceContext,
    { keysOf }: OperationKeys,
  ) {
    this.operations = scopedOperations(name as ApiService, keysOf);
  }

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('preHandler', (request, reply, done) => {
      const operation = this.operationOf(request);
      if (!operation) return done();
      this.admit(request, reply, operation).then(
        (admitted) => admitted && inSession(admitted.session, done),
        (failure) => done(failure),
      );
    });
    fastify.addHook('onSend', (request, reply, _payload, done) => {
      const admitted = this.admitted.get(request);
      if (admitted) {
        const { atMs, stalenessMs } = admitted;
        const ageMs = stalenessMs === undefined ? undefined : stalenessMs + performance.now() - atMs;
        reply.headers(consistencyHeaders(admitted, tokenAfter(admitted.session), ageMs));
      }
      done();
    });
  }

  private operationOf(request: FastifyRequest): ScopedOperation | undefined {
    // A HEAD is a GET whose answer has no body.
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    return this.operations.get(`${method} ${request.routeOptions.url}`);
  }

  /** Undefined when another region has answered. */
  private async admit(
    request: FastifyRequest,
    reply: FastifyReply,
    operation: ScopedOperation,
  ): Promise<Admitted | undefined> {
    const admitted = await this.consistency.admit({
      ...{ operation, method: request.method, url: request.url, headers: request.headers, body: request.body },
      route: request.routeOptions.url ?? request.url,
      params: request.params as Record<string, string | undefined>,
    });
    if ('session' in admitted) {
      this.admitted.set(request, { ...admitted, atMs: performance.now() });
      return admitted;
    }
    reply.code(admitted.status).headers(admitted.headers).send(admitted.body);
    return undefined;
  }
}
