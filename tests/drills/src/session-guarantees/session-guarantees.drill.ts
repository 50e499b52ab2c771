import type { RegionId } from '@meridian/regions';
import { directedPairs, heal, partition, regions, wan } from '@meridian/test-harness';
import { checkCausalOrder, checkSessionGuarantees, type SessionViolation } from '@meridian/testing';
import { registerPersons } from '../arrange/register-persons.ts';
import { check, type Drill } from '../drill.ts';
import { convergenceOf } from '../observe/convergence-of.ts';
import { nameOf, type Roamed, roam } from './roaming-sessions.ts';

const SCALES = { quick: { persons: 6, operationsEach: 12 }, full: { persons: 16, operationsEach: 60 } };
/** One way, on every link between regions: far more than a client takes between two requests. */
const LAG_MS = 300;

export const sessionGuarantees: Drill = {
  name: 'session-guarantees',
  hypothesis:
    'Whoever hands the token of the last answer on, reads its own writes, never goes back and never sees an effect without its cause, though each request goes to another region.',
  fault: `Every link between regions takes ${LAG_MS} ms one way; in the second half one pair is cut off as well.`,
  sabotage: 'the sessions forget their tokens',

  async run({ scale, random, sabotage, say }) {
    const { persons: count, operationsEach } = SCALES[scale];
    const persons = await registerPersons(count, () => nameOf(0));
    const before = await setDelay(LAG_MS);
    try {
      const settings = { persons, operationsEach, random };
      const bare = await roam({ ...settings, withToken: false, firstVersion: 0 });
      say(`${bare.history.length} operations without a token: ${violationsOf(bare).length} violations`);
      const lagging = await roam({ ...settings, withToken: !sabotage, firstVersion: operationsEach });
      say(`${lagging.history.length} operations with it: ${violationsOf(lagging).length} violations`);
      await partition(regions[0] as RegionId, regions[1] as RegionId);
      const cutOff = await roam({ ...settings, withToken: !sabotage, firstVersion: 2 * operationsEach });
      say(`${cutOff.history.length} more, one pair cut off: ${violationsOf(cutOff).length} violations`);
      const convergence = await convergenceOf('user', 60_000, async () => {
        await heal();
        await restoreDelays(before);
      });
      const violations = [lagging, cutOff].flatMap(violationsOf);
      return {
        figures: {
          'violations without tokens': kindsOf(violationsOf(bare)),
          'violations with tokens': kindsOf(violations),
          'latency without tokens': latencyOf(bare),
          'latency with tokens': latencyOf(lagging),
          'served by another region': `${lagging.forwarded} of ${lagging.history.length}, one pair cut off ${cutOff.forwarded} of ${cutOff.history.length}`,
          'refused, not stale': `${lagging.refused} of ${lagging.history.length}, one pair cut off ${cutOff.refused} of ${cutOff.history.length}`,
          ...convergence.figures,
        },
        traceIds: violations.slice(0, 3).flatMap((v) => v.operation.traceId ?? []),
        checks: [
          check(
            'I5',
            'with tokens no session guarantee is broken, nor causal order',
            violations.map((v) => `${v.guarantee}: ${v.explanation}`),
          ),
          check(
            'fault',
            'without tokens the lag is felt',
            violationsOf(bare).length > 0 ? [] : ['no violation was found: nothing was tested'],
          ),
          check(
            'I5',
            'while links only lag, nothing is refused',
            lagging.refused > 0 ? [`${lagging.refused} were refused`] : [],
          ),
        ],
      };
    } finally {
      await restoreDelays(before);
    }
  },
};

function violationsOf({ history }: Roamed): SessionViolation[] {
  return [...checkSessionGuarantees(history), ...checkCausalOrder(history)];
}

function kindsOf(violations: readonly SessionViolation[]): string {
  const byKind = Object.entries(Object.groupBy(violations, (v) => v.guarantee));
  return byKind.length === 0 ? '0' : byKind.map(([kind, of]) => `${of?.length} ${kind}`).join(', ');
}

function latencyOf({ latenciesMs }: Roamed): string {
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}

/** One-way delays of the links as they were, by the pair that they join. */
type Delays = [RegionId, RegionId, number][];

async function setDelay(delayMs: number): Promise<Delays> {
  const links = (await wan('/links')).body as { from: string; to: string; delayMs: number }[];
  const before = directedPairs.map(([from, to]): Delays[number] => {
    const link = links.find((l) => l.from === from && l.to === to);
    return [from, to, link?.delayMs ?? 0];
  });
  await restoreDelays(before.map(([from, to]) => [from, to, delayMs]));
  return before;
}

async function restoreDelays(delays: Delays): Promise<void> {
  for (const [from, to, delayMs] of delays) {
    const { status } = await wan('/delay', { method: 'PUT', body: { between: [from, to], delayMs } });
    if (status >= 300) throw new Error(`Setting a delay was answered ${status}.`);
  }
}
