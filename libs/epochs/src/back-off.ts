const FIRST_MS = 100;
const LONGEST_MS = 60_000;

/**
 * How long to wait after having been outbid `attempts` times, in milliseconds. Two proposers that answer each other at
 * once outbid each other for ever; with a random pause that grows, one soon gets both of its phases through. The first is
 * about the round trip between near regions. It goes on doubling for long, as the pause must come to be of the order of
 * the number of proposers times what an attempt takes: a hundred of them that paused 2 s at most were seen to outbid each
 * other for ten minutes. `jitter` is in [0, 1).
 */
export function backOffMs(attempts: number, jitter: number): number {
  const most = Math.min(LONGEST_MS, FIRST_MS * 2 ** attempts);
  return Math.round(most * (0.25 + 0.75 * jitter));
}
