/** Who asks for a vote: a higher round beats a lower one, and the region decides between equal rounds. */
export interface Ballot {
  /** Counted up by the acceptor of `region`, which gives each number once. */
  readonly round: number;
  readonly region: string;
}

/** Negative when `a` is before `b`, 0 when they are one ballot. Code points, so that every machine agrees. */
export function compareBallots(a: Ballot, b: Ballot): number {
  if (a.round !== b.round) return a.round - b.round;
  return a.region < b.region ? -1 : a.region > b.region ? 1 : 0;
}

/** `3.eu-west`: for people, and for traces. */
export function formatBallot({ round, region }: Ballot): string {
  return `${round}.${region}`;
}
