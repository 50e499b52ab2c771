import { z } from 'zod';
import { REGION_EVENTS } from './life-cycle.ts';
import { type Mode, mode } from './routing-table.ts';

const region = z.string().min(1);

/** What may be asked of the regions; each, if granted, is one new epoch. */
export const regionCommand = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('set-mode'), mode }),
  z.object({ kind: z.literal('set-weight'), region, weight: z.number().min(0).max(1) }),
  /** Moves the primary by a plan: the one that gives it up is there and agrees. */
  z.object({ kind: z.literal('hand-over'), to: region }),
  /**
   * Without its consent. `successor` is who becomes primary if it was; without it the decision chooses. `votes` are the
   * regions that could not reach it, where no person asked for this.
   */
  z.object({
    kind: z.literal('fail'),
    region,
    successor: region.optional(),
    votes: z.array(region).min(1).optional(),
  }),
  z.object({ kind: z.enum(REGION_EVENTS).exclude(['fail']), region }),
]);
export type RegionCommand = z.infer<typeof regionCommand>;

/** In words, as it stands in the table that it leads to, e.g. `drain eu-west`. */
export function describeCommand(command: RegionCommand): string {
  switch (command.kind) {
    case 'set-mode':
      return command.mode.kind === 'active-active'
        ? 'set the mode active-active'
        : `set the mode ${command.mode.kind} with ${command.mode.primary} as its primary${bySelf(command.mode)}`;
    case 'set-weight':
      return `set the weight of ${command.region} to ${command.weight}`;
    case 'hand-over':
      return `hand over to ${command.to}`;
    case 'fail':
      return `fail ${command.region}${command.votes ? `, which ${command.votes.join(' and ')} have missed` : ''}`;
    default:
      return `${command.kind} ${command.region}`;
  }
}

function bySelf(mode: Mode): string {
  return mode.kind === 'active-passive' && mode.automatic ? ', failing over by itself' : '';
}
