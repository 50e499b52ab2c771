import { type Answer, pause } from '@meridian/test-harness';

/** After how many seconds who was put off is told to come again; without a word of it, one. */
export const retryAfterS = ({ headers }: Pick<Answer, 'headers'>): number => Number(headers['retry-after'] ?? 1);

/** Waits that long and up to twice as long: not all of them come at the same moment. */
export const untilItMayComeAgain = (afterS: number): Promise<unknown> => pause(afterS * 1_000 * (1 + Math.random()));
