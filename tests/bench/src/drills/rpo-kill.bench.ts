import { killRegion } from '@meridian/test-drills';
import type { Benchmark, BenchRun } from '../benchmark.ts';
import { numberIn } from './drill-figures.ts';
import { repeatDrill, validity } from './repeat-drill.ts';

export const rpoKill: Benchmark = {
  name: 'rpo-kill',
  measures:
    'The drill `kill-region`: kill -9 of every process of a region under 100 requests a second (quick: 40), and its return; what it had acknowledged and no other region has (RPO), and when clients are served again (RTO). Its disk survives.',
  peers: ['what is published: Aurora Global Database RPO 1 s, RTO 1 min; CockroachDB LDR RPO 0.5 s'],
  limit: {
    figure: 'served after − sent after',
    atLeast: 0,
    why: 'the first answer of another region does not come before its question',
  },
  goals: [
    { figure: 'writes lost for good', atMost: 0 },
    { figure: '99 % answered again after', atMost: 1_200, why: '1.2 × two failed probes, 500 ms apart' },
    { figure: 'requests failed', atMost: 0.5 },
    { figure: 'invariants hold', atLeast: 1 },
  ],
  was: 'In the full drill, once: 6,507 requests, 2 failed (0.03 %); 99 % answered again after 0.25 s; RPO 2 writes, both back (README.md).',
  on: 'regions',

  async run(run: BenchRun) {
    const results = await repeatDrill(killRegion, run);
    const of = (figure: string, label?: string) => results.map(({ figures }) => numberIn(figures[figure], label));
    const [sent, served] = [of('RTO', 'route '), of('RTO', 'serve ')];
    return {
      figures: {
        '99 % answered again after': { unit: 'ms', samples: of('99 % answered again after') },
        'requests failed': { unit: '%', samples: of('failed', ', ') },
        'writes in the lost region alone': { unit: '', samples: of('RPO') },
        'age of the oldest of them': { unit: 'ms', samples: of('RPO', 'writes, ') },
        'writes lost for good': { unit: '', samples: of('RPO', 'with the region, ') },
        'all its services out of use after': { unit: 'ms', samples: of('RTO', 'detect ') },
        'served after − sent after': { unit: 'ms', samples: served.map((ms, i) => ms - (sent[i] as number)) },
        'the region is back after': { unit: 's', samples: of('the region is back after') },
        'invariants hold': { unit: '', samples: validity(results) },
      },
    };
  },
};
