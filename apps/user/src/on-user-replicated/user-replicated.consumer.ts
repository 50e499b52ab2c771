import { registerConflicts } from '@meridian/conflicts';
import { type UserDelta, userDelta } from '@meridian/contracts';
import { type Hlc, parseHlc } from '@meridian/hlc';
import type { Origin } from '@meridian/inbox';
import type { IncomingRecord, RecordInSpan } from '@meridian/kafka';
import {
  AggregateTurns,
  applyTogether,
  type Joined,
  nameJoinOutcome,
  type RecordConsumer,
  RemoteEvents,
} from '@meridian/replication';
import { Injectable } from '@nestjs/common';
import { isSuperseded, isUnchanged, join, latestHlc, overridden, type UserState } from '../domain/user.ts';
import { SecureEmail } from '../email-claims/secure-email.ts';
import type { DueClaim } from '../persistence/due-claim-store.ts';
import type { StoredUser } from '../persistence/user-shapes.ts';
import { type Beside, UserStore } from '../persistence/user-store.ts';

/**
 * Joins what another region says of a user into what this one knows. An address that this region claimed for the user and
 * that lost to another one is given back: a side effect of the region that made the claim, and once, as it becomes due in
 * the statement of the join.
 */
@Injectable()
export class UserReplicatedConsumer implements RecordConsumer {
  constructor(
    private readonly events: RemoteEvents,
    private readonly store: UserStore,
    private readonly turns: AggregateTurns,
    private readonly emails: SecureEmail,
  ) {}

  handle(record: IncomingRecord): Promise<void> {
    return this.events.receive(record, userDelta, latestHlcOf, ({ value: { id, fields }, origin }) =>
      this.turns.inTurn([id], () => this.merge(id, fields, origin)),
    );
  }

  handleTogether(records: readonly RecordInSpan[]): Promise<number> {
    const { store, turns } = this;
    return this.events.receiveTogether(records, userDelta, latestHlcOf, (events) =>
      applyTogether({ store, turns }, events, {
        idOf: ({ id }) => id,
        lock: (client, ids) => store.lock(client, ids),
        join: (known, { value: { fields } }) => this.joinInto(known, fields),
        write: (client, written) => store.commitTogether(client, written),
      }),
    );
  }

  private async merge(id: string, fields: UserState, origin: Origin): Promise<boolean> {
    for (;;) {
      const stored = await this.store.find(id);
      const { row, isSuperseded, beside } = this.joinInto(stored, fields);
      if (!row) {
        const isNew = await this.store.noteRemote(origin);
        nameJoinOutcome(isNew ? 'superseded' : 'repeated');
        return isNew;
      }
      if (await this.store.commitRemote(row, origin, beside ?? {})) {
        nameJoinOutcome(isSuperseded ? 'superseded' : 'joined');
        return true;
      }
    }
  }

  private joinInto(stored: StoredUser, told: UserState): Joined<StoredUser, Beside> {
    const joined = join(stored.state, told);
    if (isUnchanged(stored.state, joined)) return { isSuperseded: true };
    const user = { aggregate: 'user', aggregateId: stored.id } as const;
    return {
      row: { ...stored, state: joined },
      isSuperseded: isSuperseded(stored.state, joined),
      beside: {
        conflicts: registerConflicts(user, overridden(stored.state, told)),
        add: this.givenUp(stored, joined),
      },
    };
  }

  private givenUp({ id, state }: StoredUser, { email }: UserState): DueClaim[] {
    if (!state.email || !email || state.email.hlc === email.hlc) return [];
    if (parseHlc(state.email.hlc).region !== this.emails.region) return [];
    return this.emails.givenUp(id, state, { digest: this.emails.digestOf(email.value), hlc: email.hlc });
  }
}

function latestHlcOf({ fields }: UserDelta): Hlc {
  return latestHlc(fields);
}
