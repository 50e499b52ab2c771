import { concurrentEdits } from '@meridian/test-drills';
import type { Benchmark, BenchRun } from '../benchmark.ts';
import { numberIn } from './drill-figures.ts';
import { repeatDrill, validity } from './repeat-drill.ts';

const LEAST = 'backlog ÷ drain rate + RTT/2';

export const healConvergence: Benchmark = {
  name: 'heal-convergence',
  measures:
    'The drill `concurrent-edits`: all regions cut off from each other for 30 s under 210 conflicting edits a second (quick: 6 s, 60), and the time from the heal until all digests are equal.',
  peers: ['its own floor: what had piled up, at the rate at which it was worked off, and half a round trip'],
  limit: {
    figure: 'first event after the heal',
    atLeast: 42,
    why: 'half a round trip of the shortest link (84.9 ms), less the millisecond to which it is told: sooner means a way around the link',
  },
  goals: [
    { figure: 'equal ÷ floor', atMost: 1.2 },
    { figure: 'invariants hold', atLeast: 1 },
  ],
  was: 'In the full drill, 20 seeds: equal 3.8 to 5.3 s after the heal (README.md).',
  on: 'regions',

  async run(run: BenchRun) {
    const results = await repeatDrill(concurrentEdits, run);
    const of = (figure: string, label?: string) => results.map(({ figures }) => numberIn(figures[figure], label));
    return {
      figures: {
        'equal ÷ floor': { unit: '×', samples: of('equal ÷ that') },
        'equal after the heal': { unit: 'ms', samples: of('equal after the heal') },
        floor: { unit: 'ms', samples: of(LEAST) },
        'first event after the heal': { unit: 'ms', samples: of('first event after the heal') },
        'last event anywhere': { unit: 'ms', samples: of('last event anywhere') },
        'CPU per edit': { unit: 'ms', samples: of('CPU per edit') },
        'invariants hold': { unit: '', samples: validity(results) },
      },
    };
  },
};
