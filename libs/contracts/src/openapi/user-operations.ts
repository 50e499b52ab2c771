import { z } from 'zod';
import { HEADERS } from '../headers.ts';
import { idempotencyKeySchema } from '../order.ts';
import { conflictsBelow } from './conflict-operations.ts';
import type { SchemaName } from './named-schemas.ts';
import { id, type Operation, ok } from './operation.ts';

/** Whether an e-mail address must be known to be free before the answer. */
const consistency = { [HEADERS.consistency]: z.enum(['eventual', 'session', 'strong']).default('strong') };

/** Between the user services of regions, over their links. */
const emailClaims = (path: string, summary: string, body: SchemaName, answer: SchemaName): Operation => ({
  method: 'post',
  path: `/email-claims${path}`,
  summary,
  body,
  answers: ok(answer, 'The answer of this region'),
  problems: ['concurrent-change'],
  internal: true,
  betweenRegions: true,
});

export const userOperations: Operation[] = [
  {
    method: 'post',
    path: '/users',
    summary:
      'Registers a user in the region that receives the request; with a key, sending it again makes no second user',
    headers: { [HEADERS.idempotencyKey]: idempotencyKeySchema.optional(), ...consistency },
    body: 'RegisterUserRequest',
    answers: {
      201: { description: 'Registered', schema: 'User', headers: { location: 'Where the user is' } },
      200: {
        description: 'They had been registered by an earlier request with this key',
        schema: 'User',
        headers: { [HEADERS.idempotentReplayed]: '`true`' },
      },
    },
    problems: ['email-taken', 'concurrent-change'],
  },
  {
    method: 'get',
    path: '/users/{id}',
    summary: 'A user, as this region knows them',
    pathParameters: id,
    answers: ok('User', 'The user'),
    problems: ['not-found'],
  },
  {
    method: 'patch',
    path: '/users/{id}',
    summary: 'Changes fields of a profile; of two changes of one field the later wins in every region',
    pathParameters: id,
    headers: consistency,
    body: 'ChangeProfileRequest',
    answers: ok('User', 'The user after the change'),
    problems: ['not-found', 'email-taken', 'concurrent-change'],
  },
  {
    method: 'post',
    path: '/users/{id}/rehome',
    summary:
      'Moves the home of a user to another region, decided by the present home; what is strong is served there once the move has arrived',
    pathParameters: id,
    body: 'RehomeUserRequest',
    answers: ok('User', 'The user, at home there'),
    problems: ['not-found', 'already-at-home', 'home-out-of-service', 'unknown-region', 'concurrent-change'],
    atHome: true,
  },
  ...conflictsBelow('/users'),
  emailClaims('', 'Claims an e-mail address for a user, and says who holds it', 'EmailClaimRequest', 'EmailClaim'),
  emailClaims('/settle', 'Makes a provisional claim final if it is still held', 'HeldClaimRequest', 'EmailClaim'),
  emailClaims(
    '/release',
    'Gives an address back, if this user holds it by this claim',
    'HeldClaimRequest',
    'EmailClaim',
  ),
  emailClaims(
    '/earlier',
    'Whether a provisional claim with an earlier reading waits in this region',
    'EarlierClaimRequest',
    'EarlierClaim',
  ),
];
