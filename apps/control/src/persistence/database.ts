import { openPool } from '@meridian/service-kit';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type pg from 'pg';
import { ControlConfig } from '../control.config.ts';

/** A vote takes one connection for some milliseconds, and there are a few in an hour. */
const CONNECTIONS = 3;
/** A caller that waited longer has given up. */
const ANSWER_WITHIN_MS = 2_000;

/**
 * Plain `pg`, as two tables with a handful of statements need no client of their own, and three more processes with
 * Prisma's would cost a laptop what they cost.
 */
@Injectable()
export class Database implements OnApplicationShutdown {
  readonly pool: pg.Pool;

  constructor({ databaseUrl }: ControlConfig) {
    this.pool = openPool({
      connectionString: databaseUrl,
      max: CONNECTIONS,
      connectionTimeoutMillis: ANSWER_WITHIN_MS,
      query_timeout: ANSWER_WITHIN_MS,
      application_name: 'control',
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}
