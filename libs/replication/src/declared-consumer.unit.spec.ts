import { envelopeToHeaders } from '@meridian/contracts';
import type { IncomingRecord } from '@meridian/kafka';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { asDeclared, type DeclaredConsumer, topicsOf } from './declared-consumer.ts';

class Consumer {
  readonly taken: string[] = [];
  async handle({ key }: IncomingRecord) {
    this.taken.push(String(key));
  }
}

/** What does not compile must stay so: each of these lines is an error, or the compiler says that it expected one. */
const takes = { topic: 'users.v1', consumer: Consumer } as const;
export const declarations: DeclaredConsumer[] = [
  { ...takes, from: 'other-regions', sideEffects: 'none' },
  { ...takes, from: 'every-region', sideEffects: 'every' },
  { ...takes, from: 'this-region', sideEffects: 'origin' },
  { ...takes, from: 'every-region', sideEffects: 'home', homeOf: (_event, [first = '']) => first },
  // @ts-expect-error: where its side effect runs is not declared
  { ...takes, from: 'every-region' },
  // @ts-expect-error: there is no such place
  { ...takes, from: 'every-region', sideEffects: 'somewhere' },
  // @ts-expect-error: what acts at the origin is not given the events of others
  { ...takes, from: 'other-regions', sideEffects: 'origin' },
  // @ts-expect-error: what acts at home has to say where that is
  { ...takes, from: 'every-region', sideEffects: 'home' },
];

const pool = new pg.Pool({ connectionString: 'postgres://127.0.0.1:1/none' });
afterAll(() => pool.end());
const around = { region: 'eu-west', otherRegions: ['us-east', 'ap-southeast'], pool };

function record(origin: string, id: string): IncomingRecord {
  const headers = envelopeToHeaders({
    ...{ id: `${origin}/user/7`, source: `/${origin}/user`, type: 'meridian.user.registered.v1', subject: id },
    ...{ time: '2026-11-24T12:00:00.000Z', originRegion: origin, originSequence: 7 },
    hlc: `000000000000001-0000-${origin}`,
  });
  const bytes = Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]));
  const rawHeaders = Object.entries(bytes);
  return {
    ...{ topic: 'users.v1', partition: 0, offset: '1', key: Buffer.from(id), value: null },
    ...{ headers: bytes, rawHeaders, timestampMs: 0 },
  };
}

describe('a consumer is given', () => {
  it.each([
    ['this-region', ['users.v1']],
    ['other-regions', ['us-east.users.v1', 'ap-southeast.users.v1']],
    ['every-region', ['users.v1', 'us-east.users.v1', 'ap-southeast.users.v1']],
  ] as const)('the topics of %s', (from, topics) =>
    expect(topicsOf({ topic: 'users.v1', from }, around.otherRegions)).toEqual(topics),
  );

  it.each(['none', 'every'] as const)('every event when its side effects are declared as %s', async (sideEffects) => {
    const consumer = new Consumer();
    const take = asDeclared({ sideEffects, from: 'every-region' }, consumer, around);
    await take(record('eu-west', 'a'));
    await take(record('us-east', 'b'));
    expect(consumer.taken).toEqual(['a', 'b']);
  });

  // What it is not given would be noted in the inbox, and there is no database here: that it was tried is the proof.
  it('no event of another region when it acts at the origin', async () => {
    const consumer = new Consumer();
    const take = asDeclared({ sideEffects: 'origin', from: 'this-region' }, consumer, around);
    await take(record('eu-west', 'a'));
    await expect(take(record('us-east', 'b'))).rejects.toThrow('the database is away');
    expect(consumer.taken).toEqual(['a']);
  });

  it('the events of aggregates that are at home here when it acts there, wherever they were written', async () => {
    const consumer = new Consumer();
    const homeOf: Extract<DeclaredConsumer, { sideEffects: 'home' }>['homeOf'] = ({ subject }, regions) => {
      expect(regions).toEqual(['ap-southeast', 'eu-west', 'us-east']);
      return subject;
    };
    const take = asDeclared({ sideEffects: 'home', from: 'every-region', homeOf }, consumer, around);
    await take(record('us-east', 'eu-west'));
    await expect(take(record('eu-west', 'us-east'))).rejects.toThrow('the database is away');
    expect(consumer.taken).toEqual(['eu-west']);
  });
});
