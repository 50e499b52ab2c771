import { userDelta } from '@meridian/contracts';
import type { Origin } from '@meridian/inbox';
import type { IncomingRecord } from '@meridian/kafka';
import { nameJoinOutcome, type RecordConsumer, RemoteEvents } from '@meridian/replication';
import { Injectable } from '@nestjs/common';
import { isUnchanged, join, latestHlc, type UserState } from '../domain/user.ts';
import { UserStore } from '../persistence/user-store.ts';

/** Joins what another region says of a user into what this one knows. */
@Injectable()
export class UserReplicatedConsumer implements RecordConsumer {
  constructor(
    private readonly events: RemoteEvents,
    private readonly store: UserStore,
  ) {}

  handle(record: IncomingRecord): Promise<void> {
    return this.events.receive(
      record,
      userDelta,
      ({ fields }) => latestHlc(fields),
      ({ value: { id, fields }, origin }) => this.merge(id, fields, origin),
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
      if (await this.store.commitRemote({ ...stored, state: joined }, origin)) {
        nameJoinOutcome('joined');
        return true;
      }
    }
  }
}
