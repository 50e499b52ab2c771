import type { LossResponse } from '@meridian/contracts';
import type { RegionId } from '@meridian/regions';
import { Injectable } from '@nestjs/common';
import { Database } from '../persistence/database.ts';

export type Loss = Omit<LossResponse, 'notedBy' | 'notedAt'>;

@Injectable()
export class LossStore {
  constructor(private readonly database: Database) {}

  /** What was noted first of a service stands: it was nearest to the loss. */
  async note({ region, epoch, decidedAtMs, applied }: Loss): Promise<void> {
    await this.database.pool.query(
      `INSERT INTO losses AS noted (region, epoch, decided_at_ms, applied) VALUES ($1, $2, $3, $4)
       ON CONFLICT (region, epoch) DO UPDATE SET applied = excluded.applied || jsonb_strip_nulls(noted.applied)`,
      [region, epoch, decidedAtMs, JSON.stringify(applied)],
    );
  }

  /** Of every service. */
  async isNoted(region: RegionId, epoch: number): Promise<boolean> {
    const { rowCount } = await this.database.pool.query(
      'SELECT FROM losses WHERE region = $1 AND epoch = $2 AND applied = jsonb_strip_nulls(applied)',
      [region, epoch],
    );
    return rowCount !== 0;
  }

  /** Of its latest failure that was noted here. */
  async latest(region: RegionId): Promise<(Loss & { notedAt: string }) | undefined> {
    const { rows } = await this.database.pool.query<{
      epoch: string;
      decided_at_ms: number;
      applied: Loss['applied'];
      noted_at: Date;
    }>('SELECT epoch, decided_at_ms, applied, noted_at FROM losses WHERE region = $1 ORDER BY epoch DESC LIMIT 1', [
      region,
    ]);
    const [row] = rows;
    if (!row) return undefined;
    const { epoch, decided_at_ms: decidedAtMs, applied, noted_at: notedAt } = row;
    return { region, epoch: Number(epoch), decidedAtMs, applied, notedAt: notedAt.toISOString() };
  }
}
