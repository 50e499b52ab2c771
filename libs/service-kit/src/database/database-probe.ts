import type { OnApplicationShutdown } from '@nestjs/common';
import type pg from 'pg';
import { openPool } from './open-pool.ts';

/** Who asks for readiness has given up by then. A connection on which nothing is answered is closed, not kept. */
const ANSWER_WITHIN_MS = 1_000;

/**
 * Asks whether the database answers, over a connection of its own: in the pool that requests use, the question would
 * wait behind them, and load alone would take a region out of rotation.
 */
export class DatabaseProbe implements OnApplicationShutdown {
  readonly #pool: pg.Pool;

  constructor(databaseUrl: string, applicationName: string) {
    this.#pool = openPool({
      connectionString: databaseUrl,
      max: 1,
      connectionTimeoutMillis: ANSWER_WITHIN_MS,
      query_timeout: ANSWER_WITHIN_MS,
      application_name: applicationName,
    });
  }

  /** Rejects when it does not. */
  async ask(): Promise<void> {
    await this.#pool.query('SELECT 1');
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#pool.end();
  }
}
