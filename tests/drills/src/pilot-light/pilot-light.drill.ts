import { timesOf } from '../control/operate.ts';
import { check, type Drill } from '../drill.ts';
import { failedOf, summaryOf } from '../lose-region/judge-loss.ts';
import { killPrimary } from '../lose-region/kill-primary.ts';
import { PER_SECOND_BESIDE_STARTS as PER_SECOND } from '../lose-region/lose-region.ts';
import type { SentRequest } from '../traffic/start-traffic.ts';
import { enterPilotLight, type PilotLight } from './enter-pilot-light.ts';
import { putBySentence } from './running-in.ts';

/** Three services, beside a load. */
const STARTED_WITHIN_MS = 10_000;

export const pilotLight: Drill = {
  name: 'pilot-light',
  hypothesis:
    'The services of the regions that stand by are stopped under traffic without a failed request; when the primary dies, one command starts those of another region, which serves a few seconds later, and nothing is lost.',
  fault: `kill -9 of every process of the primary while no other region runs a service, under ${PER_SECOND.full} requests a second (quick ${PER_SECOND.quick}); the runner says that none runs.`,
  sabotage: 'nobody fails it over',
  onDemand: 'sabotage',

  async run(run) {
    let entered: PilotLight | undefined;
    let requests: readonly SentRequest[] = [];
    const seen = await killPrimary(run, {
      ...{ startedWithinMs: STARTED_WITHIN_MS, perSecond: PER_SECOND[run.scale] },
      async enterUnderTraffic(primary, traffic) {
        requests = traffic.requests;
        entered = await enterPilotLight(primary);
        run.say(`put by ${putBySentence(entered.before, entered.after)}: ${timesOf(entered.steps)}`);
      },
    });
    if (!entered) throw new Error('The regions were never in pilot light.');
    const { before, after, steps, fromMs, untilMs } = entered;
    const meanwhile = requests.filter(({ sentAtMs }) => sentAtMs >= fromMs && sentAtMs <= untilMs);
    const failed = failedOf(meanwhile);
    return {
      ...seen,
      figures: {
        'put by': putBySentence(before, after),
        'into the mode': `${timesOf(steps)}; ${failed.length} of ${meanwhile.length} requests failed`,
        ...seen.figures,
      },
      checks: [
        check('RTO', 'no request fails because of the change of mode', summaryOf(failed, fromMs, 'the command')),
        ...seen.checks,
        check('fault', 'no service of another region ran', after.services),
      ],
    };
  },
};
