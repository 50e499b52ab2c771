import type { Aggregate } from '../world/service.ts';
import { clocks } from './clocks.ts';
import { convergence } from './convergence.ts';
import type { Invariant } from './invariant.ts';
import { loopFree } from './loop-free.ts';
import { nothingLost } from './nothing-lost.ts';
import { oneOrderPerKey } from './orders.ts';
import { outbox } from './outbox.ts';
import { sessions } from './sessions.ts';
import { neverOversold } from './stock.ts';

export function makeInvariants(aggregates: Record<string, Aggregate<unknown>>): Invariant[] {
  return [
    ...[neverOversold(), clocks(), outbox(), loopFree(), sessions(aggregates)],
    ...[oneOrderPerKey(), nothingLost(aggregates), convergence()],
  ];
}
