import { TOPICS } from '@meridian/contracts';
import { type Command, decide } from '@meridian/user/domain/decide';
import { isUnchanged, join, latestHlc, type UserState } from '@meridian/user/domain/user';
import type { Task } from '../kernel/host.ts';
import { type Aggregate, type Answer, type Caller, Service } from './service.ts';

/** apps/user: its real decisions and joins. */
export class UserService extends Service<UserState> {
  readonly name = 'user';
  readonly topic = TOPICS.users;

  get aggregate(): Aggregate<UserState> {
    return { nothing: {}, join, isUnchanged, latestHlc };
  }

  *onEvent(): Task<void> {}

  *carryOut(id: string, command: Command, caller: Caller): Task<Answer<UserState>> {
    return yield* this.serve(id, caller, (service) =>
      service.command(id, command.type, caller, (state, stamp) => decide(command, state, stamp)),
    );
  }
}
