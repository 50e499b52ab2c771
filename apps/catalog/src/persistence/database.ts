import { createPrismaPool } from '@meridian/service-kit';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type pg from 'pg';
import { CatalogConfig } from '../catalog.config.ts';
import { PrismaClient } from '../generated/prisma/client.ts';

@Injectable()
export class Database extends PrismaClient implements OnApplicationShutdown {
  /** Prisma's own, shared with the inbox and the outbox. */
  readonly pool: pg.Pool;

  constructor({ databaseUrl }: CatalogConfig) {
    const { adapter, pool } = createPrismaPool(databaseUrl, 'catalog');
    super({ adapter });
    this.pool = pool;
  }

  /** Last of all: until then somebody may still write. */
  async onApplicationShutdown(): Promise<void> {
    await this.$disconnect();
  }
}
