import path from 'node:path';
import {
  type ApplierInTest,
  handleAlone,
  handleInRuns,
  heardRecord,
  startApplier,
} from '@meridian/replication/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { type Command, decide, withClaim } from '../domain/decide.ts';
import { join, type UserState } from '../domain/user.ts';
import type { ClaimRegions } from '../email-claims/claim-regions.ts';
import { SecureEmail } from '../email-claims/secure-email.ts';
import { Database } from '../persistence/database.ts';
import { DueClaimStore } from '../persistence/due-claim-store.ts';
import { UserStore } from '../persistence/user-store.ts';
import type { UserConfig } from '../user.config.ts';
import { told as register } from '../user.fixture.ts';
import { UserReplicatedConsumer } from './user-replicated.consumer.ts';

const IDS = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'];
/** The region that hears is one of them: what it has claimed and lost is to be given back. */
const HERE = 'eu-west';
const REGIONS = [HERE, 'us-east', 'ap-southeast'];

let applier: ApplierInTest;
beforeAll(async () => {
  const appDir = path.join(import.meta.dirname, '../..');
  const config = { emailDigestKey: 'a key of this test alone' };
  const tested = { name: 'user', appDir, region: HERE, postgresUrl: inject('postgresUrl'), config };
  applier = await startApplier<UserConfig>(tested, ({ config, events, turns }) => {
    const database = new Database(config);
    // Nobody is asked about an address here: of the regions only the name of this one is needed.
    const emails = new SecureEmail({ here: HERE } as ClaimRegions, new DueClaimStore(database), config);
    const consumer = new UserReplicatedConsumer(events, new UserStore(database, config), turns, emails);
    return { database, consumer };
  });
});
afterAll(() => applier?.stop());
const empty = () => applier.pool.query('TRUNCATE users, inbox, inbox_watermark, conflicts, email_claims_due');
beforeEach(empty);

async function held() {
  const read = async (from: string) => (await applier.pool.query(`SELECT ${from}`)).rows;
  return {
    users: await read('id, state, hlc, deps FROM users ORDER BY id'),
    inbox: await read('source, sequence FROM inbox ORDER BY source, sequence'),
    conflicts: await read('id, aggregate_id, field, rule, lost, won, status FROM conflicts ORDER BY id'),
    due: await read('user_id, digest, hlc, task FROM email_claims_due ORDER BY user_id, digest'),
  };
}

const email = fc.constantFrom('ada@example.com', 'lovelace@example.com');
const command: fc.Arbitrary<Command> = fc.oneof(
  email.map((email): Command => ({ type: 'RegisterUser', email, name: 'Ada', country: 'IE' })),
  email.map((email): Command => ({ type: 'ChangeProfile', email })),
  fc.constantFrom('Ada L.', 'Ada K.').map((name): Command => ({ type: 'ChangeProfile', name })),
);
const step = fc.record({
  id: fc.constantFrom(...IDS),
  region: fc.constantFrom(...REGIONS),
  command,
  /** Whether the author has seen all that was written before. */
  hasSeen: fc.boolean(),
});

/** What regions write that hear of each other now and then, and some of it twice. */
const told = fc
  .tuple(fc.array(step, { minLength: 10, maxLength: 40 }), fc.array(fc.nat(60)))
  .map(([steps, repeated]) => {
    const known = new Map<string, UserState>();
    const records = steps.flatMap(({ id, region, command, hasSeen }, i) => {
      const [all, mine] = [known.get(id) ?? {}, known.get(id + region) ?? {}];
      const { hlc } = register('', region, 1_000 + i);
      const decision = decide(command, hasSeen ? all : mine, { hlc, at: new Date(1_000 + i).toISOString(), region });
      if (!decision.ok) return [];
      const fields = withClaim(decision.delta, 'confirmed');
      known.set(id, join(all, fields));
      known.set(id + region, join(hasSeen ? all : mine, fields));
      const numbers = { sequence: i + 1, transaction: String(100 + i), atMs: 1_000 + i };
      return [heardRecord({ topic: 'users.v1', origin: region, key: id, value: { id, fields }, ...numbers })];
    });
    return [...records, ...repeated.flatMap((i) => records[i] ?? [])];
  });

describe('users that are told of together', () => {
  it('become the same rows, ledger, inbox and claims to give back as one after the other', async () => {
    let [conflicts, due] = [0, 0];
    const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(told, sizes, async (records, runs) => {
        await empty();
        expect(await handleAlone(applier, records)).toEqual([]);
        const alone = await held();
        await empty();
        expect(await handleInRuns(applier, records, runs)).toEqual([]);
        expect(await held()).toEqual(alone);
        conflicts += alone.conflicts.length;
        due += alone.due.length;
      }),
      { numRuns: 40 },
    );
    expect(conflicts).toBeGreaterThan(20);
    expect(due).toBeGreaterThan(5);
  });
});
