import { type ConflictRow, conflictRow, sideOf } from '@meridian/conflicts';
import type { EmailClaimResponse } from '@meridian/contracts';
import { writeFor } from '@meridian/fencing';
import type { Hlc } from '@meridian/hlc';
import { RegionClock } from '@meridian/replication';
import { ServiceContext } from '@meridian/service-kit';
import { contextFromTraceparent, currentTraceparent, inSpan, tracer } from '@meridian/telemetry';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { settleEmail } from '../domain/decide.ts';
import { isClaimed, join, knownHlc, type UserState } from '../domain/user.ts';
import { ClaimStore } from '../persistence/claim-store.ts';
import { type DueClaim, DueClaimStore } from '../persistence/due-claim-store.ts';
import { toEvent } from '../persistence/user-shapes.ts';
import { UserStore } from '../persistence/user-store.ts';
import { ClaimRegions } from './claim-regions.ts';
import { SecureEmail } from './secure-email.ts';

const LOOK_EVERY_MS = 250;
const FORGET_EVERY_MS = 600_000;

/**
 * Does what is due about claims, as soon as the region that decides can be asked: claims the addresses of provisional
 * users, and gives back those that nobody has a use for any more. What is due stands in the database until it is done; so
 * it is done also after a crash, and however long a region is away.
 */
@Injectable()
export class DueClaims implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly spans = tracer('user');
  private timers: NodeJS.Timeout[] = [];
  private round: Promise<void> | undefined;

  constructor(
    private readonly due: DueClaimStore,
    private readonly claims: ClaimStore,
    private readonly regions: ClaimRegions,
    private readonly emails: SecureEmail,
    private readonly users: UserStore,
    private readonly clock: RegionClock,
    private readonly service: ServiceContext,
  ) {}

  onApplicationBootstrap(): void {
    this.timers = [
      setInterval(() => this.look(), LOOK_EVERY_MS),
      setInterval(() => void this.claims.forgetReleased().catch(() => undefined), FORGET_EVERY_MS),
    ];
  }

  async onModuleDestroy(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await this.round;
  }

  /** One round at a time. One that fails, as the database is away, is made up for by the next. */
  private look(): void {
    this.round ??= this.doAll()
      .catch(({ message }: Error) => this.service.logger.debug({ why: message }, 'what is due about claims waits'))
      .finally(() => {
        this.round = undefined;
      });
  }

  private async doAll(): Promise<void> {
    const ready = await this.due.ready();
    await Promise.all(
      ready.map((one) =>
        inSpan(
          this.spans,
          `${one.task} e-mail`,
          {},
          // What was promised to a user is told them, also where no client's write is taken.
          () => writeFor('region', () => this.do(one)),
          contextFromTraceparent(one.traceparent),
        ),
      ),
    );
  }

  private async do(one: DueClaim): Promise<void> {
    const done = one.task === 'release' ? await this.release(one) : await this.claim(one);
    if (!done) await this.due.postpone(one);
  }

  /** True when there is nothing more to do. */
  private async release(one: DueClaim): Promise<boolean> {
    const { state } = await this.users.find(one.userId);
    if (this.goesBy(state, one.digest)) {
      // An attempt to take the address again broke off, and they have it by an earlier one.
      const waits = isClaimed(state) && state.emailClaim?.status === 'provisional';
      if (waits) await this.due.claimInstead(one, state.emailClaim?.of as Hlc);
      else await this.due.remove(one);
      return true;
    }
    const answer = await this.regions.release(one.digest, { userId: one.userId, hlc: one.hlc });
    if (answer.ok) await this.due.remove(one);
    return answer.ok;
  }

  private goesBy(state: UserState, digest: string): boolean {
    return state.email !== undefined && this.emails.digestOf(state.email.value) === digest;
  }

  private async claim(one: DueClaim): Promise<boolean> {
    const asked = { userId: one.userId, hlc: one.hlc };
    let answer = await this.regions.claim(one.digest, { ...asked, provisional: true });
    if (answer.ok && answer.body.userId === one.userId && answer.body.state === 'held') {
      if (!(await this.regions.noneIsEarlier(one.digest, one.hlc))) return false;
      answer = await this.regions.settle(one.digest, asked);
    }
    return answer.ok && (await this.tell(one, answer.body));
  }

  /** Writes into the user what was found. False when they were changed at that moment. */
  private async tell(one: DueClaim, holder: EmailClaimResponse): Promise<boolean> {
    const found = holder.userId === one.userId && holder.state === 'settled' ? 'confirmed' : 'lost';
    const stored = await this.users.find(one.userId);
    const delta = settleEmail(stored.state, found, one.hlc, this.clock.stamp(knownHlc(stored.state)));
    if (!delta) {
      await this.due.remove(one);
      return true;
    }
    const event = toEvent(one.userId, `email-${found}`, delta, currentTraceparent());
    const conflicts = found === 'lost' ? lostEmail(one, stored.state, holder) : [];
    return this.users.commit({ ...stored, state: join(stored.state, delta) }, [event], { done: one, conflicts });
  }
}

/** The address is in the loser's entry alone: of the winner it names no more than who they are. */
function lostEmail({ userId }: DueClaim, { email }: UserState, holder: EmailClaimResponse): ConflictRow[] {
  if (!email) return [];
  const won = sideOf({ value: { heldBy: holder.userId }, hlc: holder.hlc });
  const of = { aggregate: 'user', aggregateId: userId, field: 'email', rule: 'email-claim' } as const;
  return [conflictRow({ ...of, lost: sideOf(email), won })];
}
