import { createPrismaPool } from '@meridian/service-kit';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type pg from 'pg';
import { PrismaClient } from '../generated/prisma/client.ts';
import { UserConfig } from '../user.config.ts';

@Injectable()
export class Database extends PrismaClient implements OnApplicationShutdown {
  /** Prisma's own, shared with the inbox and the outbox. */
  readonly pool: pg.Pool;

  constructor({ databaseUrl }: UserConfig) {
    const { adapter, pool } = createPrismaPool(databaseUrl, 'user');
    super({ adapter });
    this.pool = pool;
  }

  /** Last of all: until then somebody may still write. */
  async onApplicationShutdown(): Promise<void> {
    await this.$disconnect();
  }
}
