import { randomUUID } from 'node:crypto';
import type { RegionId } from '@meridian/regions';
import { inEveryRegion, processes, regions, signal, sql } from '@meridian/test-harness';
import { putOnSale } from '../arrange/put-on-sale.ts';
import { decide } from '../control/ask-control.ts';
import { backToFirst } from '../control/back-to-first.ts';
import { knownToAll, takesWrites } from '../control/known-to-all.ts';
import { check, type Drill } from '../drill.ts';
import { measureConvergence } from '../observe/convergence-of.ts';
import { loadAverage } from '../observe/load-average.ts';
import { rtoSentence, TOLD_BY_THE_OPERATOR, untilServed } from '../observe/rto.ts';
import { holdWrites, rename } from './held-writes.ts';

const SCALES = { quick: { each: 20, stoppedMs: 0 }, full: { each: 100, stoppedMs: 60_000 } };
/** Of five connections that the service has to its database. */
const HELD = 2;
/** The lease before and its clock error, votes over the WAN, and a busy machine. */
const WRITES_WITHIN_MS = 15_000;
/** The name that the primary acknowledged before it was stopped, and whether another region has it. */
const BEFORE = 'before';
const COPIED = `SELECT FROM products WHERE sku = $1 AND state::text LIKE '%"' || $2 || '"%'`;

export const zombie: Drill = {
  name: 'zombie',
  hypothesis:
    'A primary whose processes were stopped while another was made primary does nothing in the name of its epoch when they go on: not of what it had begun, nor of what it is asked.',
  fault:
    'SIGSTOP to the services, control, broker and replicator of the primary, with statements under way; the successor takes writes; SIGCONT. Their database is not stopped.',
  sabotage: 'the check inside the commit is taken out of the database of the primary',

  async run({ scale, sabotage, say }) {
    const { each, stoppedMs } = SCALES[scale];
    const [successor, primary] = regions as [RegionId, RegionId];
    const load = loadAverage();
    const held = await Promise.all(Array.from({ length: HELD }, () => putOnSale('HELD', 1)));
    const sku = await putOnSale('ZOMBIE', 1);
    const toStop = (await processes()).filter((p) => p.region === primary && !p.name.endsWith('/postgres'));
    const all = (what: NodeJS.Signals) => Promise.all(toStop.map(({ name }) => signal(name, what)));
    let areStopped = false;
    try {
      const { epoch } = await decide(primary, { kind: 'set-mode', mode: { kind: 'active-passive', primary } });
      await knownToAll(epoch);
      await takesWrites(primary, WRITES_WITHIN_MS);
      const before = await rename(primary, sku, BEFORE);
      const beforeAtMs = performance.now();
      if (sabotage) await sql(primary, 'catalog', 'ALTER TABLE outbox DISABLE TRIGGER outbox_fence_client');

      const nameOf = (what: string) => `${what} ${randomUUID()}`;
      const underWay = await holdWrites(primary, held, () => nameOf('under way'));
      areStopped = true;
      await all('SIGSTOP');
      const stoppedAtMs = performance.now();
      await new Promise((resolve) => setTimeout(resolve, stoppedMs));
      const toldAtMs = performance.now();
      const failed = await decide(successor, { kind: 'fail', region: primary, successor });
      const decideMs = Math.round(performance.now() - toldAtMs);
      const served = await untilServed(failed, toldAtMs);
      const copied = await sql(successor, 'catalog', COPIED, [sku, BEFORE]);
      say(`${successor} takes writes ${served.serveMs} ms after it was told to`);

      const asked: { name: string; answer: Promise<string> }[] = [];
      const ask = (what: string, headers = {}) => {
        const name = nameOf(what);
        asked.push({ name, answer: rename(primary, sku, name, headers) });
      };
      // These lie in the sockets of the stopped process until it goes on.
      for (let i = 0; i < each; i += 1) ask('while stopped', i % 2 === 0 ? {} : { 'x-meridian-epoch': String(epoch) });
      // Half of what was begun goes on in the database while nobody is there to hear of it.
      await underWay[0]?.letGo();
      await all('SIGCONT');
      areStopped = false;
      for (let i = 0; i < each; i += 1) ask('after', i % 2 === 0 ? {} : { 'x-meridian-epoch': String(epoch) });
      for (const one of underWay.slice(1)) await one.letGo();
      const told = await Promise.all(asked.map(({ answer }) => answer));
      const toldOfHeld = await Promise.all(underWay.map(({ answer }) => answer));
      await knownToAll(failed.epoch);
      const effects = await effectsOf([...asked, ...underWay].map(({ name }) => name));
      const atSuccessor = await rename(successor, sku, 'by the successor');
      await backToFirst();
      const convergence = await measureConvergence(['catalog'], 60_000);
      return {
        figures: {
          'under the stale epoch': `${HELD} statements begun, ${each} requests while stopped, ${each} after: ${effects.length} effects; load average ${load}`,
          'answers to the requests': countsOf(told),
          'answers to what was begun': countsOf(toldOfHeld),
          RTO: `${rtoSentence(TOLD_BY_THE_OPERATOR, { decideMs, ...served }, 'the command')} (the lease before runs out)`,
          RPO:
            copied.length > 0
              ? '0 writes, 0 ms: of the one that it had acknowledged'
              : `1 write, ${Math.round(stoppedAtMs - beforeAtMs)} ms`,
          'equal afterwards': convergence.failure ?? `after ${convergence.ms} ms`,
        },
        checks: [
          check('I8', 'nothing takes effect under the stale epoch', effects),
          check(
            'I8',
            'nobody is told that something did',
            [...told, ...toldOfHeld].filter((answer) => answer === 'ok'),
          ),
          check('I8', 'the successor takes writes', atSuccessor === 'ok' ? [] : [atSuccessor]),
          check('I1', 'all regions are equal after its return', convergence.failure ? [convergence.failure] : []),
          check('fault', 'the primary took writes before', before === 'ok' ? [] : [before]),
        ],
      };
    } finally {
      if (areStopped) await all('SIGCONT');
      if (sabotage) await sql(primary, 'catalog', 'ALTER TABLE outbox ENABLE TRIGGER outbox_fence_client');
      await backToFirst();
    }
  },
};

/** Where a name was given to a product or told to others: each is an effect. */
async function effectsOf(names: readonly string[]): Promise<string[]> {
  const found = await inEveryRegion((region) =>
    sql<{ name: string; at: string }>(
      region,
      'catalog',
      `SELECT name, 'products' AS at FROM unnest($1::text[]) AS name
       WHERE EXISTS (SELECT FROM products WHERE state::text LIKE '%' || name || '%')
       UNION ALL
       SELECT name, 'outbox' FROM unnest($1::text[]) AS name
       WHERE EXISTS (SELECT FROM outbox WHERE outbox::text LIKE '%' || name || '%')`,
      [[...names]],
    ),
  );
  return Object.entries(found).flatMap(([region, rows]) =>
    rows.map((row) => `"${row.name}" in ${row.at} of ${region}`),
  );
}

function countsOf(answers: readonly string[]): string {
  return [...Map.groupBy(answers, (answer) => answer)].map(([answer, of]) => `${of.length} × ${answer}`).join(', ');
}
