import { registerConflicts } from '@meridian/conflicts';
import { userDelta } from '@meridian/contracts';
import { parseHlc } from '@meridian/hlc';
import type { Origin } from '@meridian/inbox';
import type { IncomingRecord } from '@meridian/kafka';
import { AggregateTurns, nameJoinOutcome, type RecordConsumer, RemoteEvents } from '@meridian/replication';
import { Injectable } from '@nestjs/common';
import { isSuperseded, isUnchanged, join, latestHlc, overridden, type UserState } from '../domain/user.ts';
import { SecureEmail } from '../email-claims/secure-email.ts';
import type { DueClaim } from '../persistence/due-claim-store.ts';
import type { StoredUser } from '../persistence/user-shapes.ts';
import { UserStore } from '../persistence/user-store.ts';

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
    return this.events.receive(
      record,
      userDelta,
      ({ fields }) => latestHlc(fields),
      ({ value: { id, fields }, origin }) => this.turns.inTurn([id], () => this.merge(id, fields, origin)),
    );
  }

  private async merge(id: string, fields: UserState, origin: Origin): Promise<boolean> {
    for (;;) {
      const stored = await this.store.find(id);
      const joined = join(stored.state, fields);
      if (isUnchanged(stored.state, joined)) {
        const isNew = await this.store.noteRemote(origin);
        nameJoinOutcome(isNew ? 'superseded' : 'repeated');
        return isNew;
      }
      const user = { aggregate: 'user', aggregateId: id } as const;
      const beside = {
        conflicts: registerConflicts(user, overridden(stored.state, fields)),
        add: this.givenUp(stored, joined),
      };
      if (await this.store.commitRemote({ ...stored, state: joined }, origin, beside)) {
        nameJoinOutcome(isSuperseded(stored.state, joined) ? 'superseded' : 'joined');
        return true;
      }
    }
  }

  private givenUp({ id, state }: StoredUser, { email }: UserState): DueClaim[] {
    if (!state.email || !email || state.email.hlc === email.hlc) return [];
    if (parseHlc(state.email.hlc).region !== this.emails.region) return [];
    return this.emails.givenUp(id, state, { digest: this.emails.digestOf(email.value), hlc: email.hlc });
  }
}
