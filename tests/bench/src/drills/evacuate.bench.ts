import { evacuateUnderLoad } from '@meridian/test-drills';
import type { Benchmark, BenchRun } from '../benchmark.ts';
import { numberIn } from './drill-figures.ts';
import { repeatDrill, validity } from './repeat-drill.ts';

export const evacuate: Benchmark = {
  name: 'evacuate',
  measures:
    'The drill `evacuate-under-load`: a region leaves by a plan and returns under 100 requests a second (quick: 40) of clients of all regions.',
  peers: ['what is published: AWS Global Accelerator 60 s to move, Netflix 7 min for a whole evacuation'],
  limit: {
    figure: 'evacuated after',
    atLeast: 0.08,
    why: 'its epoch is decided by a majority of regions, and the shortest way to another one and back takes 84.9 ms (it is told in tenths of a second)',
  },
  goals: [
    { figure: 'requests failed', atMost: 0 },
    { figure: 'RPO', atMost: 0 },
    { figure: 'evacuated after', atMost: 5 },
    { figure: 'invariants hold', atLeast: 1 },
  ],
  was: 'In the full drill, once: 6,499 requests, 0 failed; out after 1.6 s, RPO 0, back in use 0.8 s after its return began (README.md).',
  on: 'regions',

  async run(run: BenchRun) {
    const results = await repeatDrill(evacuateUnderLoad, run);
    const of = (figure: string, label?: string) => results.map(({ figures }) => numberIn(figures[figure], label));
    return {
      figures: {
        'evacuated after': { unit: 's', samples: of('evacuated after') },
        'served again by it after': { unit: 's', samples: of('served again by it after') },
        'requests failed': { unit: '', samples: of('requests', '/s, ') },
        RPO: { unit: 'writes', samples: of('RPO') },
        'p50 of the requests': { unit: 'ms', samples: of('latency', 'p50 ') },
        'p99 of the requests': { unit: 'ms', samples: of('latency', 'p99 ') },
        'invariants hold': { unit: '', samples: validity(results) },
      },
    };
  },
};
