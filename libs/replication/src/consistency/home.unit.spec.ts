import { expect, it } from 'vitest';
import { laterMove } from './home.ts';

const at = (n: number) => `00000000000000${n}-0000-eu-west`;
const home = (movedAt?: string) => ({ region: 'us-east', ...(movedAt && { movedAt }) });

it.each([
  ['neither knows of a move', home(), undefined, undefined],
  ['both know the same one', home(at(1)), at(1), undefined],
  ['this region knows one and the sender none, as one of an older version', home(at(1)), undefined, 'here'],
  ['this region knows a later one', home(at(2)), at(1), 'here'],
  ['the sender knows one and this region none', home(), at(1), 'sender'],
  ['the sender knows a later one', home(at(1)), at(2), 'sender'],
  ['the sender knows one of an aggregate that is not known here', undefined, at(1), 'sender'],
])('%s', (_who, here, sentWith, expected) => expect(laterMove(here, sentWith)).toBe(expected));
