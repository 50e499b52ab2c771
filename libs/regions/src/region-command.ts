import { z } from 'zod';
import { REGION_EVENTS } from './life-cycle.ts';
import { mode } from './routing-table.ts';

const region = z.string().min(1);

/** What may be asked of the regions; each, if granted, is one new epoch. */
export const regionCommand = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('set-mode'), mode }),
  z.object({ kind: z.literal('set-weight'), region, weight: z.number().min(0).max(1) }),
  /** Moves the primary by a plan: the one that gives it up is there and agrees. */
  z.object({ kind: z.literal('hand-over'), to: region }),
  /** Without its consent. `successor` is who becomes primary if it was; without it the decision chooses. */
  z.object({ kind: z.literal('fail'), region, successor: region.optional() }),
  z.object({ kind: z.enum(REGION_EVENTS).exclude(['fail']), region }),
]);
export type RegionCommand = z.infer<typeof regionCommand>;

/** In words, as it stands in the table that it leads to, e.g. `drain eu-west`. */
export function describeCommand(command: RegionCommand): string {
  switch (command.kind) {
    case 'set-mode':
      return command.mode.kind === 'active-active'
        ? 'set the mode active-active'
        : `set the mode ${command.mode.kind} with ${command.mode.primary} as its primary`;
    case 'set-weight':
      return `set the weight of ${command.region} to ${command.weight}`;
    case 'hand-over':
      return `hand over to ${command.to}`;
    default:
      return `${command.kind} ${command.region}`;
  }
}
