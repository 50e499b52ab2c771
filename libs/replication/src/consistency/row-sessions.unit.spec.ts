import { decodeToken, EMPTY_TOKEN, encodeToken, NO_DEPS, type RowDeps } from '@meridian/consistency';
import { expect, it } from 'vitest';
import { depsOfWrite, noteWrite, readSettled, withDeps } from './row-sessions.ts';
import { carrySession, currentSession, inSession, type Session, tokenAfter } from './session.ts';

const self = { service: 'user', region: 'eu-west' };
const session = (over: Partial<Session> = {}): Session => ({
  level: 'eventual',
  given: EMPTY_TOKEN,
  seen: EMPTY_TOKEN,
  ...over,
});
const row = (deps: Partial<RowDeps>) => ({ deps: { ...NO_DEPS, ...deps } });
const rows = <T>(found: T[]) => found;

it('without a session a row is read and written as if there were none', async () => {
  const known = row({ writes: { 'us-east': '9' } });
  expect(await readSettled(self, async () => [known], rows)).toEqual([known]);
  expect(JSON.parse(depsOfWrite(self, known.deps, true).deps)).toEqual({
    writes: { 'us-east': '9' },
    after: { 'user/us-east': '9' },
  });
  noteWrite(self, '7');
  expect(carrySession.headers()).toEqual({});
});

it('what was read and written is in the token of the answer, beside what was known before', async () => {
  const mine = session({ given: { 'order/us-east': '4' } });
  await inSession(mine, async () => {
    await readSettled(self, async () => [row({ writes: { 'us-east': '9' } })], rows);
    noteWrite(self, '7');
  });
  expect(tokenAfter(mine)).toEqual({ 'order/us-east': '4', 'user/us-east': '9', 'user/eu-west': '7' });
});

it('a write is told with what its author and its row had seen, and is numbered by the database', () =>
  inSession(session({ given: { 'order/us-east': '4' } }), () => {
    const known = row({ writes: { 'us-east': '9', 'eu-west': '3' } });
    const { deps, writer } = depsOfWrite(self, known.deps, true);
    const after = { 'order/us-east': '4', 'user/us-east': '9' };
    expect([JSON.parse(deps), writer]).toEqual([{ writes: known.deps.writes, after }, 'eu-west']);
    const [event] = withDeps(self, [known], [{ key: 'k' }]);
    expect(decodeToken(event?.deps ?? '')).toEqual({ ok: true, token: after });
    expect(withDeps(self, [row({})], [])).toEqual([]);
  }));

it('an event of this service is a write of its region, and no write of this one', () => {
  const arrived = { region: 'us-east', transaction: '9', after: { 'order/us-east': '4' } };
  inSession(session({ arrived }), () => {
    const { deps, writer } = depsOfWrite(self, NO_DEPS, false);
    expect([JSON.parse(deps), writer]).toEqual([{ writes: { 'us-east': '9' }, after: { 'order/us-east': '4' } }, null]);
  });
});

it('rows are read again until what their authors had seen is here', async () => {
  const settled: unknown[] = [];
  const mine = session({
    level: 'session',
    isCovered: () => settled.length === 2,
    settle: async (needs) => void settled.push(needs),
  });
  let reads = 0;
  const read = async () => {
    reads += 1;
    return [row({ after: { 'user/us-east': String(reads), 'order/mars': '1' } })];
  };
  await inSession(mine, () => readSettled(self, read, rows));
  expect(settled).toEqual([{ 'us-east': '1' }, { 'us-east': '2' }]);
  expect(reads).toBe(3);
});

it('a session goes along to another service, and comes back with what that has written', () => {
  const mine = session({ level: 'strong', given: { 'order/us-east': '4' } });
  inSession(mine, () => {
    // Homes are of one aggregate each: strong there would be at another region.
    expect(carrySession.headers()).toEqual({
      'x-meridian-consistency': 'session',
      'x-meridian-token': encodeToken({ 'order/us-east': '4' }),
    });
    carrySession.answered({ 'x-meridian-token': encodeToken({ 'catalog/eu-west': '8' }) });
    carrySession.answered({ 'x-meridian-token': 'nonsense' });
    carrySession.answered({});
    expect(currentSession()).toBe(mine);
  });
  expect(tokenAfter(mine)).toEqual({ 'order/us-east': '4', 'catalog/eu-west': '8' });
});
