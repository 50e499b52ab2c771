import { type Proposal, proposal } from '@meridian/contracts';
import { type AcceptorState, type AcceptorStep, unlessAbstaining } from '@meridian/epochs';
import { Injectable } from '@nestjs/common';
import { Database } from './database.ts';

interface Row {
  promised_round: string | null;
  promised_region: string | null;
  accepted_round: string | null;
  accepted_region: string | null;
  accepted_value: unknown;
  decided: unknown;
  joined_after: string | null;
}

/** This region's acceptor: the steps of libs/epochs, each on disk before its answer is seen (rule E6). */
@Injectable()
export class AcceptorStore {
  constructor(private readonly database: Database) {}

  /**
   * Takes one step of an epoch. Steps of one epoch wait for each other, also those of another process. When the database
   * goes away in between, the step may have been taken all the same; nobody was answered, so it is as a lost answer is.
   */
  async step(
    epoch: number,
    take: (state: AcceptorState<Proposal>) => AcceptorStep<Proposal>,
  ): Promise<AcceptorStep<Proposal>['reply']> {
    const client = await this.database.pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('BEGIN');
      await client.query('INSERT INTO acceptor (epoch) VALUES ($1) ON CONFLICT DO NOTHING', [epoch]);
      const { rows } = await client.query<Row>(
        `SELECT promised_round, promised_region, accepted_round, accepted_region, accepted_value,
                (SELECT proposal FROM decided WHERE decided.epoch = acceptor.epoch) AS decided,
                (SELECT after_epoch FROM acceptor_joined) AS joined_after
         FROM acceptor WHERE epoch = $1 FOR UPDATE`,
        [epoch],
      );
      const row = rows[0] as Row;
      const before = toState(row);
      const joinedAfter = row.joined_after === null ? undefined : Number(row.joined_after);
      const { state, reply } = unlessAbstaining(epoch, joinedAfter, before, take);
      if (state !== before) await client.query(UPDATE, [epoch, ...toColumns(state)]);
      await client.query('COMMIT');
      return reply;
    } catch (failure) {
      broken = failure as Error;
      throw failure;
    } finally {
      // A connection whose transaction did not end is not for anybody else.
      client.release(broken);
    }
  }

  /** From now on this acceptor votes, in epochs after this one. What was said first holds. */
  async join(afterEpoch: number): Promise<void> {
    await this.database.pool.query('INSERT INTO acceptor_joined (after_epoch) VALUES ($1) ON CONFLICT DO NOTHING', [
      afterEpoch,
    ]);
  }

  /** The first epoch above `epoch` in which something is accepted here and not known to be decided, for at least `ageMs`. */
  async unfinishedAbove(epoch: number, ageMs: number): Promise<number | undefined> {
    const { rows } = await this.database.pool.query<{ epoch: string }>(
      `SELECT epoch FROM acceptor
       WHERE epoch > $1 AND accepted_at < clock_timestamp() - $2 * interval '1 millisecond' ORDER BY epoch LIMIT 1`,
      [epoch, ageMs],
    );
    return rows[0] && Number(rows[0].epoch);
  }
}

const UPDATE = `UPDATE acceptor SET promised_round = $2, promised_region = $3, accepted_round = $4, accepted_region = $5,
  accepted_value = $6, accepted_at = CASE WHEN $4::bigint IS NULL THEN NULL
    WHEN ($4, $5) IS NOT DISTINCT FROM (accepted_round, accepted_region) THEN accepted_at ELSE clock_timestamp() END
  WHERE epoch = $1`;

function toState(row: Row): AcceptorState<Proposal> {
  const ballot = (round: string | null, region: string | null) =>
    round === null || region === null ? undefined : { round: Number(round), region };
  const promised = ballot(row.promised_round, row.promised_region);
  const accepted = ballot(row.accepted_round, row.accepted_region);
  return {
    ...(promised && { promised }),
    ...(accepted && { accepted: { ballot: accepted, value: proposal.parse(row.accepted_value) } }),
    ...(row.decided !== null && { decided: { value: proposal.parse(row.decided) } }),
  };
}

function toColumns({ promised, accepted }: AcceptorState<Proposal>) {
  return [
    promised?.round ?? null,
    promised?.region ?? null,
    accepted?.ballot.round ?? null,
    accepted?.ballot.region ?? null,
    accepted ? JSON.stringify(accepted.value) : null,
  ];
}
