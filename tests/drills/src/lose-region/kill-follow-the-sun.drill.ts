import { primaryOf } from '@meridian/regions';
import { eventually } from '@meridian/testing';
import { decide, tableAt } from '../control/ask-control.ts';
import { followTheSunFromNoonOf } from '../control/follow-the-sun-from-noon-of.ts';
import { knownToAll, takesWrites } from '../control/known-to-all.ts';
import type { Drill } from '../drill.ts';
import { killPrimary } from './kill-primary.ts';
import { PER_SECOND } from './lose-region.ts';

const TAKES_WRITES_WITHIN_MS = 15_000;
/** Its control looks at the sun once a second, from when it is active again. */
const HANDED_BACK_WITHIN_MS = 15_000;

export const killFollowTheSun: Drill = {
  name: 'kill-region-follow-the-sun',
  hypothesis:
    'Following the sun, when the region in which it is noon dies, another one writes a few seconds after it was told to; the lost region, back, is handed the primary without a command, and what it had acknowledged is there again.',
  fault: `kill -9 of every process of the primary at its noon, under ${PER_SECOND.full} requests a second (quick ${PER_SECOND.quick}); the runner says that none runs.`,
  sabotage: 'nobody fails it over',
  onDemand: 'all',

  run: (run) =>
    killPrimary(run, {
      async enter(primary) {
        // As fast as the real clock, so that no hand-over of the day falls together with the loss, whenever the drill is run.
        const mode = followTheSunFromNoonOf(primary, 1);
        const { epoch } = await decide(primary, { kind: 'set-mode', mode });
        await knownToAll(epoch);
        await takesWrites(primary, TAKES_WRITES_WITHIN_MS);
      },
      async returned(primary) {
        const isPrimary = async () => {
          const now = primaryOf(await tableAt(primary));
          if (now !== primary) throw new Error(`it is ${primary}'s noon, and the primary is ${now}`);
        };
        return eventually(isPrimary, { withinMs: HANDED_BACK_WITHIN_MS, everyMs: 100 }).then(
          () => [],
          (failure: Error) => [failure.message],
        );
      },
    }),
};
