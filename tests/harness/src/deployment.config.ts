import type { Deployment } from '@meridian/regions';

/** What the tests run against: processes of this machine, or containers. Set by the tier. */
export const deployment: Deployment = process.env.MERIDIAN_TEST_DEPLOYMENT === 'compose' ? 'compose' : 'local';

/** Containers, networks and volumes of the tests, apart from those of a person who uses this checkout. */
export const COMPOSE_PROJECT = 'meridian-test';
