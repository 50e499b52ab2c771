import { knownToAll, takesWrites } from '../control/known-to-all.ts';
import { operate } from '../control/operate.ts';
import type { Drill } from '../drill.ts';
import { killPrimary } from './kill-primary.ts';
import { PER_SECOND } from './lose-region.ts';

const TAKES_WRITES_WITHIN_MS = 15_000;

export const killActivePassive: Drill = {
  name: 'kill-region-active-passive',
  hypothesis:
    'In active-passive, when the primary dies, another one writes a few seconds after it was told to; what had been acknowledged is there again when the lost region is, and the report says what was missing.',
  fault: `kill -9 of every process of the primary, under ${PER_SECOND.full} requests a second (quick ${PER_SECOND.quick}); the runner says that none runs.`,
  sabotage: 'nobody fails it over',
  onDemand: 'sabotage',

  run: (run) =>
    killPrimary(run, {
      async enter(primary) {
        const { table } = await operate<{ table: { epoch: number } }>('mode', 'active-passive', '--primary', primary);
        await knownToAll(table.epoch, [primary]);
        await takesWrites(primary, TAKES_WRITES_WITHIN_MS);
      },
    }),
};
