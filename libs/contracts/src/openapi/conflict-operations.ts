import { conflictListQuery } from '../conflict.ts';
import { id, type Operation, ok } from './operation.ts';

/** The conflict ledger of a service, below the root by which the edge knows it. */
export const conflictsBelow = (root: string): Operation[] => [
  {
    method: 'get',
    path: `${root}/conflicts`,
    summary: 'What joins discarded in this region, newest first, a page at a time',
    query: conflictListQuery.shape,
    answers: ok('ConflictList', 'A page; `next` is the `after` of the next one, null on the last'),
    problems: [],
  },
  {
    method: 'get',
    path: `${root}/conflicts/{id}`,
    summary: 'One conflict, with what lost and what won',
    pathParameters: id,
    answers: ok('Conflict', 'The conflict'),
    problems: ['not-found'],
  },
  {
    method: 'post',
    path: `${root}/conflicts/{id}/reapply`,
    summary: 'Writes the value that lost again, as a new write; a resolved conflict is answered as it is',
    pathParameters: id,
    body: 'ReapplyConflictRequest',
    answers: ok('Conflict', 'The conflict, resolved'),
    problems: ['not-found', 'not-reappliable', 'concurrent-change'],
  },
];
