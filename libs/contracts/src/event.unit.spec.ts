import { describe, expect, it } from 'vitest';
import { type EventEnvelope, envelopeFromHeaders, envelopeToHeaders, readEvent } from './event.ts';
import { userDelta } from './user.ts';

const envelope: EventEnvelope = {
  id: 'eu-west/user/7',
  source: '/eu-west/user',
  type: 'meridian.user.registered.v1',
  subject: '0b0a7a3e-5b0a-4c53-8c0f-1d1f7c0c2f11',
  time: '2026-11-24T12:00:00.000Z',
  originRegion: 'eu-west',
  originSequence: 7,
  hlc: '000000000000001-0000-eu-west',
};
const headers = envelopeToHeaders(envelope);

describe('the envelope of an event', () => {
  it('survives its way through headers', () => expect(envelopeFromHeaders(headers)).toEqual(envelope));
  it('is read although there are headers it does not know', () =>
    expect(envelopeFromHeaders({ ...headers, traceparent: '00-…' })).toEqual(envelope));
  it.each(Object.keys(headers).filter((name) => name !== 'content-type'))('is refused without %s, by name', (name) =>
    expect(() => envelopeFromHeaders({ ...headers, [name]: undefined })).toThrow(name),
  );
  it.each(['0', '-1', '1.5', 'many'])('is refused with the sequence %s', (ce_originseq) =>
    expect(() => envelopeFromHeaders({ ...headers, ce_originseq })).toThrow('positive whole number'),
  );
});

describe('reading an event', () => {
  const email = 'someone@example.com';
  const whyNot = (value: string | undefined) => {
    try {
      readEvent(headers, value, userDelta);
    } catch (error) {
      return String(error);
    }
    throw new Error('it was read');
  };

  it('gives the value with fields of later versions left out', () => {
    const value = JSON.stringify({ id: envelope.subject, fields: {}, later: true });
    expect(readEvent(headers, value, userDelta).value).toEqual({ id: envelope.subject, fields: {} });
  });
  it('names the place of a fault', () => expect(whyNot('{"id":1,"fields":{}}')).toContain('id: '));
  it('says so when there is no value', () => expect(whyNot(undefined)).toContain('no value'));
  it('never quotes the value', () => {
    expect(whyNot(email)).not.toContain(email);
    expect(whyNot(`{"${email}`)).not.toContain(email);
    const wrong = JSON.stringify({ id: envelope.subject, fields: { country: { value: email, hlc: email } } });
    expect(whyNot(wrong)).not.toContain(email);
  });
});
