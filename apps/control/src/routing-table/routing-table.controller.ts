import { type RoutingTableQuery, type RoutingTableResponse, routingTableQuery } from '@meridian/contracts';
import { validated } from '@meridian/service-kit';
import { Controller, Get, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { KnownTable } from './known-table.ts';

@Controller('routing-table')
export class RoutingTableController {
  constructor(private readonly known: KnownTable) {}

  @Get()
  async newest(
    @Query(validated(routingTableQuery)) { after, waitMs }: RoutingTableQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RoutingTableResponse | undefined> {
    this.known.mustBeRead();
    if (after !== undefined && !(await this.known.isNewerThan(after, waitMs))) {
      reply.code(204);
      return undefined;
    }
    return { table: this.known.table, proposal: this.known.proposal };
  }
}
