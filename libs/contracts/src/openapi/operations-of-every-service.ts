import { outboxEventsQuery } from '../operations.ts';
import { heardOfQuery, statesQuery } from '../rebuild.ts';
import {
  aggregateDigestQuery,
  deadLetterIdSchema,
  deadLetterListQuery,
  deadLetterQuery,
  digestQuery,
} from '../recovery.ts';
import { internal, type Operation, ok } from './operation.ts';

/** What every service answers for operators. */
export const ofEveryService: Operation[] = [
  internal(
    '/digest',
    'A fingerprint of all aggregates: equal in regions that have converged',
    ok('Digest', 'The digest'),
    { query: digestQuery.shape },
  ),
  internal('/digest/aggregates', 'The same of each aggregate in some buckets', ok('AggregateDigests', 'The digests'), {
    query: aggregateDigestQuery.shape,
  }),
  internal('/resend', 'Publishes whole states once more, for regions that miss them', ok('Resent', 'How many'), {
    method: 'post',
    body: 'ResendRequest',
  }),
  internal('/inbox', 'What was applied here of each source, and what is missing', ok('Inbox', 'By source')),
  internal('/inbox/close', 'Says of gaps that their effect is here', ok('ClosedGaps', 'How many events'), {
    method: 'post',
    body: 'CloseGapsRequest',
  }),
  internal('/dead-letters', 'What could not be applied here', ok('DeadLetterList', 'A page'), {
    query: deadLetterListQuery.shape,
  }),
  internal('/dead-letters/{id}', 'One of them, its value only when asked for', ok('DeadLetter', 'The dead letter'), {
    pathParameters: { id: deadLetterIdSchema },
    query: deadLetterQuery.shape,
    problems: ['not-found'],
  }),
  internal('/dead-letters/replay', 'Gives dead letters to their consumer again, each once', ok('Replay', 'Of each'), {
    method: 'post',
    body: 'ReplayRequest',
  }),
  internal('/lag', 'How old changes of other regions were when they were applied here', ok('Lag', 'Lag by origin')),
  internal('/outbox', 'What is committed here and not yet published', ok('Outbox', 'The state of the outbox')),
  internal(
    '/outbox/events',
    'What was written here behind a sequence, without its values',
    ok('WrittenEvents', 'A page'),
    {
      query: outboxEventsQuery.shape,
    },
  ),
  internal('/outbox/advance', 'Numbers no event at or below this sequence', ok('Outbox', 'The outbox after it'), {
    method: 'post',
    body: 'AdvanceOutboxRequest',
  }),
  internal('/epoch', 'What this service knows of who may serve and write', ok('Epoch', 'The newest epoch known here')),
  internal('/epoch', 'Tells who may serve and write from now on', ok('Epoch', 'The newest epoch known here'), {
    method: 'put',
    body: 'TellEpochRequest',
    problems: ['stale-epoch'],
  }),
  internal('/rebuild', 'How far this service has come in getting lost data back', ok('Rebuild', 'The progress')),
  internal('/rebuild/heard-of', 'What is known here of a region that lost its memory', ok('HeardOf', 'What is known'), {
    query: heardOfQuery.shape,
  }),
  internal('/rebuild/states', 'Every aggregate as a whole, a page at a time', ok('States', 'A page'), {
    query: statesQuery.shape,
  }),
  internal('/rebuild/states', 'Some aggregates as a whole', ok('States', 'Those that are known here'), {
    method: 'post',
    body: 'StatesRequest',
  }),
  internal('/openapi.json', 'This document', { 200: { description: 'OpenAPI 3.1' } }),
  internal('/health/live', 'Whether the process runs', { 200: { description: 'It runs' } }),
  internal('/health/ready', 'Whether the service can serve; no other region has a say in it', {
    200: { description: 'It can' },
  }),
];
