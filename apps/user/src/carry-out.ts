import type { ProblemName } from '@meridian/contracts';
import { Epochs } from '@meridian/fencing';
import { decidingRegions } from '@meridian/regions';
import { AggregateTurns, currentSession, RegionClock } from '@meridian/replication';
import { ProblemError } from '@meridian/service-kit';
import { currentTraceparent } from '@meridian/telemetry';
import { Injectable } from '@nestjs/common';
import { type Command, decide, type Refusal, withClaim } from './domain/decide.ts';
import { decidingRegionOf, join, knownHlc, type UserState, userOf } from './domain/user.ts';
import { type Consistency, SecureEmail } from './email-claims/secure-email.ts';
import { type KnownUser, toEvent, type UserEvent } from './persistence/user-shapes.ts';
import { type Beside, UserStore } from './persistence/user-store.ts';

/** Writes of this process mostly take turns; a row that changes more often than this is changed by something gone wild. */
const ATTEMPTS = 10;

const EVENTS: Record<Command['type'], UserEvent> = {
  RegisterUser: 'registered',
  ChangeProfile: 'profile-changed',
  RehomeUser: 'rehomed',
};

/** What every command does: read, decide, commit row and event at once; begin again when the row has changed meanwhile. */
@Injectable()
export class CarryOut {
  constructor(
    private readonly store: UserStore,
    private readonly turns: AggregateTurns,
    private readonly clock: RegionClock,
    private readonly emails: SecureEmail,
    private readonly epochs: Epochs,
  ) {}

  /** The user after the command. Throws a ProblemError for a refusal. */
  command(id: string, command: Command, consistency: Consistency = 'strong'): Promise<KnownUser> {
    const work = () => this.carryOut(id, command, consistency);
    // An address may have to be claimed in another region: nothing else of the user waits for that.
    return takesEmail(command) ? work() : this.turns.inTurn([id], work);
  }

  private async carryOut(id: string, command: Command, consistency: Consistency): Promise<KnownUser> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const stored = await this.store.find(id);
      this.mustStillDecide(id, stored.state);
      const decision = decide(command, stored.state, this.clock.stamp(knownHlc(stored.state)));
      if (!decision.ok) throw refusal(decision.reason, id);

      const { delta, beside } = takesEmail(command)
        ? await this.secure(id, stored.state, decision.delta, consistency)
        : { delta: decision.delta };
      const state = join(stored.state, delta);
      const event = toEvent(id, EVENTS[command.type], delta, currentTraceparent());
      if (await this.store.commit({ ...stored, state }, [event], beside)) {
        const user = userOf(state);
        if (user.known) return user;
        throw new Error('A command was carried out on a user that is not known.');
      }
    }
    throw new ProblemError('concurrent-change', { detail: `The user ${id} keeps changing; try again.` });
  }

  /**
   * What is strong was let in because this region decides for the user. The home may have moved since; as the commit needs
   * the very row that is looked at here, none is decided here after that.
   */
  private mustStillDecide(id: string, state: UserState): void {
    if (currentSession()?.level !== 'strong') return;
    const deciding = decidingRegionOf(id, state, decidingRegions(this.epochs.table));
    if (deciding === undefined || deciding === this.epochs.region) return;
    const detail = `The home of the user ${id} has just moved to ${deciding}, and nothing was done. Send it again.`;
    throw new ProblemError('consistency-unavailable', { detail }, { 'retry-after': '1' });
  }

  /** A write of an address needs a claim of it, under the reading of that very write. */
  private async secure(
    userId: string,
    known: UserState,
    delta: UserState,
    consistency: Consistency,
  ): Promise<{ delta: UserState; beside?: Beside }> {
    if (!delta.email) return { delta };
    const { value: email, hlc } = delta.email;
    const { status, ...beside } = await this.emails.take({ userId, email, hlc, known }, consistency);
    return { delta: withClaim(delta, status), beside };
  }
}

function takesEmail(command: Command): boolean {
  return 'email' in command && command.email !== undefined;
}

/** Nothing that a person said of themselves stands in a detail: problems end up in logs. */
const REFUSALS: Record<Refusal, [ProblemName, string]> = {
  UnknownUser: ['not-found', 'is not known in this region'],
  UserExists: ['already-exists', 'exists already'],
  AtHomeThere: ['already-at-home', 'is at home there already'],
};

function refusal(reason: Refusal, id: string): ProblemError {
  const [name, what] = REFUSALS[reason];
  return new ProblemError(name, { detail: `The user ${id} ${what}.` });
}
