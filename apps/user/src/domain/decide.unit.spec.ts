import { describe, expect, it } from 'vitest';
import { type Command, type Decision, decide, settleEmail, withClaim } from './decide.ts';
import type { UserState } from './user.ts';

const earlier = '000000000000001-0000-eu-west';
const now = { hlc: '000000000000002-0000-us-east', at: '2026-11-24T12:00:00.000Z', region: 'us-east' };
const set = <T>(value: T, hlc = now.hlc, seen = {}) => ({ value, hlc, seen });

const ada: UserState = {
  email: set('ada@example.com', earlier),
  name: set('Ada', earlier),
  country: set('GB', earlier),
  registeredIn: set('eu-west', earlier),
  registeredAt: set('2026-11-24T11:00:00.000Z', earlier),
};

const given = (state: UserState) => ({
  when: (command: Command) => ({
    // biome-ignore lint/suspicious/noThenProperty: given / when / then; nothing awaits it
    then: (decision: Decision) => expect(decide(command, state, now)).toEqual(decision),
  }),
});

describe('registering', () => {
  const register: Command = { type: 'RegisterUser', email: 'bo@example.com', name: 'Bo', country: 'SG' };

  it('sets every field, with where and when', () =>
    given({})
      .when(register)
      .then({
        ok: true,
        delta: {
          email: set('bo@example.com'),
          name: set('Bo'),
          country: set('SG'),
          registeredIn: set('us-east'),
          registeredAt: set(now.at),
        },
      }));
  it('refuses an id that is taken', () => given(ada).when(register).then({ ok: false, reason: 'UserExists' }));
});

describe('changing a profile', () => {
  it('touches the given fields only', () =>
    given(ada)
      .when({ type: 'ChangeProfile', country: 'IE' })
      .then({ ok: true, delta: { country: set('IE', now.hlc, { 'eu-west': earlier }) } }));
  it('refuses a user whose registration is not known here', () =>
    given({ name: set('Ada') })
      .when({ type: 'ChangeProfile', name: 'Bo' })
      .then({ ok: false, reason: 'UnknownUser' }));
});

describe('an address that is taken', () => {
  const taken = (status: 'provisional' | 'confirmed') => ({
    ...ada,
    ...withClaim({ email: set('a@b.example') }, status),
  });
  const found = (state: UserState, of = now.hlc) =>
    settleEmail(state, 'lost', of, { ...now, hlc: '000000000000003-0000-us-east' });

  it('carries what is known of its claim, by the write that set it', () =>
    expect(taken('provisional').emailClaim).toEqual({ status: 'provisional', of: now.hlc, hlc: now.hlc }));
  it('is settled once', () => {
    expect(found(taken('provisional'))).toEqual({
      emailClaim: { status: 'lost', of: now.hlc, hlc: '000000000000003-0000-us-east' },
    });
    expect(found(taken('confirmed'))).toBeUndefined();
  });
  it('is not settled by what was found of another one', () =>
    expect(found(taken('provisional'), earlier)).toBeUndefined());
});
