import type { RegionState } from './routing-table.ts';

/**
 * The life cycle of a region: what each event makes of each state. Problem: with seven states and seven events the
 * cells that nobody thought of are the ones that lose writes (a failed region made active before it has caught up). So
 * every cell is written down, and the type has no place for a missing one. Whether the other regions allow the event
 * is not asked here but in `decideCommand`. SPEC.md gives the invariants.
 */

/** What an operator, or a detector in his name, may ask of one region. */
export const REGION_EVENTS = ['drain', 'evacuate', 'fail', 'stand-by', 'recover', 'fail-back', 'activate'] as const;
export type RegionEvent = (typeof REGION_EVENTS)[number];

/**
 * The state that follows; or that it is in it `already`; or why the event is refused, as a clause that completes
 * "eu-west is failed and …".
 */
export type Cell = { to: RegionState } | 'already' | { refused: string };

const to = (state: RegionState): Cell => ({ to: state });
const no = (refused: string): Cell => ({ refused });

const DRAIN_FIRST = no('has to be drained first, so that what it accepted is finished');
const SERVES_NOBODY = no('serves nobody, so there is nothing to drain');
const RECOVER_FIRST = no('has to recover first: what it has may be behind the others');
const FAIL_BACK_FIRST = no('has to fail back first, taking its share step by step');
const NOTHING_MISSED = no('missed nothing, so there is nothing to catch up with');

export const LIFE_CYCLE: Readonly<Record<RegionState, Readonly<Record<RegionEvent, Cell>>>> = {
  active: {
    drain: to('draining'),
    evacuate: DRAIN_FIRST,
    fail: to('failed'),
    'stand-by': to('standby'),
    recover: NOTHING_MISSED,
    'fail-back': NOTHING_MISSED,
    activate: 'already',
  },
  draining: {
    drain: 'already',
    evacuate: to('evacuated'),
    fail: to('failed'),
    'stand-by': to('standby'),
    recover: NOTHING_MISSED,
    'fail-back': NOTHING_MISSED,
    // The drain is called off; it has given up nothing yet.
    activate: to('active'),
  },
  evacuated: {
    drain: SERVES_NOBODY,
    evacuate: 'already',
    fail: to('failed'),
    'stand-by': to('standby'),
    // For the one who touched its disks while it was out and is not sure of them.
    recover: to('recovering'),
    // Its data tier went on replicating, so it need not recover.
    'fail-back': to('failing-back'),
    activate: FAIL_BACK_FIRST,
  },
  failed: {
    drain: SERVES_NOBODY,
    evacuate: no('gave no consent, so it cannot leave by a plan'),
    fail: 'already',
    'stand-by': RECOVER_FIRST,
    recover: to('recovering'),
    'fail-back': RECOVER_FIRST,
    activate: RECOVER_FIRST,
  },
  standby: {
    // It may be answering reads (active-passive).
    drain: to('draining'),
    evacuate: DRAIN_FIRST,
    fail: to('failed'),
    'stand-by': 'already',
    recover: NOTHING_MISSED,
    'fail-back': no('has nothing to take back: activate it'),
    activate: to('active'),
  },
  recovering: {
    drain: SERVES_NOBODY,
    // From there it could fail back without ever having been equal.
    evacuate: RECOVER_FIRST,
    fail: to('failed'),
    'stand-by': to('standby'),
    recover: 'already',
    'fail-back': to('failing-back'),
    activate: FAIL_BACK_FIRST,
  },
  'failing-back': {
    drain: to('draining'),
    evacuate: DRAIN_FIRST,
    fail: to('failed'),
    'stand-by': to('standby'),
    // It was found not to be equal after all.
    recover: to('recovering'),
    'fail-back': 'already',
    activate: to('active'),
  },
};
