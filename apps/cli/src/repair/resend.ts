import { setTimeout as pause } from 'node:timers/promises';
import { outboxResponse, resendResponse } from '@meridian/contracts';
import type { RegionId, ServiceName } from '@meridian/regions';
import { CommandFailure } from '../command-failure.ts';
import { askService } from '../instance/services.ts';
import type { Session } from '../session.ts';

const AT_A_TIME = 100;
/** Events of people that were written meanwhile are behind one batch at most. */
const PENDING_AT_MOST = 100;
const DRAINED_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 100;

/** Has a service tell states again, a batch at a time, each when the one before it is published. */
export async function resend(
  session: Session,
  place: { region: RegionId; service: ServiceName },
  ids: readonly string[],
): Promise<number> {
  let resent = 0;
  for (let i = 0; i < ids.length; i += AT_A_TIME) {
    await untilDrained(session, place);
    const call = { path: '/resend', body: { ids: ids.slice(i, i + AT_A_TIME) } };
    resent += (await askService(session, place, call, resendResponse)).resent;
  }
  await untilDrained(session, place, 0);
  return resent;
}

async function untilDrained(
  session: Session,
  place: { region: RegionId; service: ServiceName },
  pendingAtMost = PENDING_AT_MOST,
): Promise<void> {
  const startedMs = performance.now();
  for (;;) {
    const { pending } = await askService(session, place, { path: '/outbox' }, outboxResponse);
    if (pending <= pendingAtMost) return;
    if (performance.now() - startedMs > DRAINED_WITHIN_MS)
      throw new CommandFailure(`${place.region}/${place.service} does not publish: ${pending} events wait.`);
    await pause(LOOK_EVERY_MS);
  }
}
