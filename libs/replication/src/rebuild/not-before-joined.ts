import type { ApiService } from '@meridian/contracts';
import { ProblemError, ServiceContext } from '@meridian/service-kit';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { scopedOperations } from '../consistency/operation-scopes.ts';
import { Rebuild } from './rebuild.ts';

/**
 * Refuses everything but operators' questions until the service has its data. Readiness alone would not do: it is for the
 * edge, and the services of other regions call this one without asking for it: for rights to sell, for an address.
 */
@Injectable()
export class NotBeforeJoined implements OnModuleInit {
  private readonly refused: ReadonlySet<string>;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly rebuild: Rebuild,
    { name }: ServiceContext,
  ) {
    this.refused = new Set(scopedOperations(name as ApiService).keys());
  }

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onRequest', (request, _reply, done) => {
      const why = this.rebuild.progress.whyNotReady();
      const method = request.method === 'HEAD' ? 'GET' : request.method;
      if (why === undefined || !this.refused.has(`${method} ${request.routeOptions.url}`)) return done();
      const detail = `This region has not its data yet: ${why}.`;
      done(new ProblemError('service-unavailable', { detail }, { 'retry-after': '5' }));
    });
  }
}
