import { encodeToken } from '@meridian/consistency';
import { expect, it } from 'vitest';
import { sessionRegions } from './session-regions.ts';

it('are those of the service that is asked', () => {
  const token = encodeToken({ 'order/eu-west': '7', 'order/us-east': '3', 'user/ap-southeast': '1' });
  expect(sessionRegions(token, 'order')).toEqual(['eu-west', 'us-east']);
  expect(sessionRegions(token, 'catalog')).toEqual([]);
});

it.each([undefined, '', 'rubbish', 'x'.repeat(5_000), ['a', 'b']])(
  'are none without a token that can be read',
  (token) => {
    expect(sessionRegions(token, 'order')).toEqual([]);
  },
);
