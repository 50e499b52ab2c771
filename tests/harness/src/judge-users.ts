import type { RegionId } from '@meridian/regions';
import type { HeldUser } from './held.ts';
import type { UserOperation } from './user-workload.ts';

export interface UserVerdict {
  /** Acknowledged, and not there: region and user. */
  lost: string[];
  /** There under a name that nobody can have expected: region, user, name. */
  misnamed: string[];
  /** E-mail addresses with more than one user, wherever these are. */
  doubled: string[];
}

/** I2 for users, once the regions have converged; and that a registration, which has no key, was made once. */
export function judgeUsers(
  history: Pick<UserOperation, 'email' | 'name' | 'newName' | 'registered' | 'renamed' | 'userId'>[],
  heldByRegion: Record<RegionId, HeldUser[]>,
): UserVerdict {
  const verdict: UserVerdict = { lost: [], misnamed: [], doubled: [] };
  const acknowledged = history.filter((o) => o.registered === 'ok');
  for (const [region, held] of Object.entries(heldByRegion)) {
    const byId = new Map(held.map((user) => [user.id, user]));
    for (const { userId = 'without an id', name, newName, renamed } of acknowledged) {
      const user = byId.get(userId);
      const expected = { ok: [newName], fail: [name], info: [name, newName] }[renamed];
      if (!user) verdict.lost.push(`${region}: ${userId}`);
      else if (!expected.includes(user.name)) verdict.misnamed.push(`${region}: ${userId} is "${user.name}"`);
    }
  }
  const byEmail = Map.groupBy(Object.values(heldByRegion).flat(), (user) => user.email);
  for (const { email } of history)
    if (new Set(byEmail.get(email)?.map((user) => user.id)).size > 1) verdict.doubled.push(email);
  return verdict;
}
