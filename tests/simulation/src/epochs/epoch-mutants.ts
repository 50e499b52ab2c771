import { prepare, RULES } from '@meridian/epochs';
import type { EpochInvariant } from './epoch-checker.ts';
import { type EpochMistakes, NO_MISTAKES } from './epoch-world.ts';

/** One mistake each, and the invariants that may be the ones to break by it. */
export interface EpochMutant {
  name: string;
  caughtBy: readonly EpochInvariant[];
  mistakes: EpochMistakes;
}

const SAFETY: readonly EpochInvariant[] = ['one winner', 'a minority decides nothing', 'a decision stands'];
const withRules = (rules: Partial<EpochMistakes['rules']>): EpochMistakes => ({
  ...NO_MISTAKES,
  rules: { ...RULES, ...rules },
});

export const EPOCH_MUTANTS: readonly EpochMutant[] = [
  {
    name: 'an acceptor that restarts has forgotten its promise',
    caughtBy: SAFETY,
    mistakes: { ...NO_MISTAKES, afterCrash: ({ promised: _forgotten, ...rest }) => rest },
  },
  {
    name: 'an acceptor that restarts has forgotten what it accepted',
    caughtBy: SAFETY,
    mistakes: { ...NO_MISTAKES, afterCrash: ({ accepted: _forgotten, ...rest }) => rest },
  },
  {
    name: 'an acceptor whose disk was lost votes at once',
    caughtBy: SAFETY,
    mistakes: { ...NO_MISTAKES, join: () => 0 },
  },
  {
    name: 'half of the regions is a majority',
    caughtBy: SAFETY,
    mistakes: withRules({ isMajority: (votes, acceptors) => votes >= Math.floor(acceptors / 2) }),
  },
  {
    name: 'an acceptor accepts a ballot below the one that it promised',
    caughtBy: SAFETY,
    mistakes: withRules({ mayJoin: () => true }),
  },
  {
    name: 'a proposer does not adopt what was accepted before',
    caughtBy: SAFETY,
    mistakes: withRules({ valueToPropose: (_told, own) => own }),
  },
  {
    name: 'a proposer adopts the earliest accepted value, not the latest',
    caughtBy: SAFETY,
    mistakes: withRules({
      valueToPropose: (told, own, compare) => [...told].sort((a, b) => compare(a.ballot, b.ballot))[0]?.value ?? own,
    }),
  },
  {
    name: 'ballots are rounds, without the region',
    caughtBy: SAFETY,
    mistakes: withRules({ compare: (a, b) => a.round - b.round }),
  },
  {
    name: 'two proposers of one region draw the same ballot',
    caughtBy: SAFETY,
    mistakes: {
      ...NO_MISTAKES,
      // As if each counted by itself: above what was promised to others, not above what the region itself was promised.
      claim: (state, region, atLeastRound) =>
        prepare(state, {
          round: Math.max(atLeastRound, (state.promised?.round ?? 0) + (state.promised?.region === region ? 0 : 1)),
          region,
        }),
    },
  },
];
