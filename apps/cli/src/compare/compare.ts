import { availableParallelism } from 'node:os';
import { type ModeKind, type RegionId, type RoutingTable, regionIds } from '@meridian/regions';
import type { Command } from 'commander';
import { CommandFailure, usageFault } from '../command-failure.ts';
import { defineCommand } from '../command-text.ts';
import { runnerStatusOf } from '../instance/runner.ts';
import type { InSession } from '../program.ts';
import { knownRegion, type Session } from '../session.ts';
import { formatSeconds } from '../terminal/format-figures.ts';
import { listenForStop } from '../up/stop-requests.ts';
import { mustBeWhole, putBack, toCommonGround } from './common-ground.ts';
import { measureMode, type Scale } from './measure-mode.ts';
import { cardOf, type ModeCard, type Terms } from './mode-card.ts';
import { renderCard } from './render-card.ts';
import { prepareStand } from './start-load.ts';

const MODES: readonly ModeKind[] = ['active-active', 'active-passive', 'pilot-light', 'follow-the-sun'];
const SCALES = {
  quick: { perSecond: 40, steadyMs: 10_000, dayMs: 30_000, afterMs: 12_000 },
  full: { perSecond: 40, steadyMs: 30_000, dayMs: 120_000, afterMs: 20_000 },
} satisfies Record<string, Scale>;
/** AWS list price between its regions in America and Europe: docs/explanation/patterns.md says where it is from. */
const DEFAULT_USD_PER_GB = '0.02';

export interface CompareOptions {
  quick?: boolean;
  usdPerGb: string;
  lose?: string;
}

export function addCompareCommand(program: Command, inSession: InSession): void {
  defineCommand(program, {
    usage: 'compare',
    summary: 'run the same load through the four modes, lose a region in each, and print one card',
    details:
      'Write latency by where clients are, the time and the writes that the loss of a region costs (of the primary, where ' +
      'there is one), what idles, and what crosses between the regions. It kills a region four times: for regions that ' +
      'nobody works with. Puts mode, states and processes back as they were, also after Ctrl-C; its orders, its users and ' +
      'its product stay',
    examples: [
      ['compare', 'some 8 minutes; following the sun, a day in two of them'],
      ['compare --quick', 'about half of that, and coarser'],
      ['compare --lose us-east', 'the primary, and who is lost, is us-east'],
      ['compare --usd-per-gb 0.09', 'what leaves Singapore costs more'],
    ],
    failsWhen: 'the regions are not whole to begin with, or cannot be put back',
  })
    .option('--quick', 'shorter')
    .option('--lose <region>', 'the primary, and the region that is killed (default: the second of the topology)')
    .option('--usd-per-gb <price>', 'for a GB (10^9 bytes) between regions', DEFAULT_USD_PER_GB)
    .action(inSession<CompareOptions>((session, options) => compare(session, options)));
}

export function priceOf(text: string): number {
  const price = Number(text);
  if (text.trim() !== '' && price >= 0 && Number.isFinite(price)) return price;
  throw usageFault(`A price is a number of dollars from 0 on, not "${text}".`);
}

async function compare(session: Session, { quick, lose, usdPerGb }: CompareOptions): Promise<void> {
  const price = priceOf(usdPerGb);
  const regions = regionIds(session.topology);
  const chosen = lose === undefined ? (regions[1] ?? '') : knownRegion(session.topology, lose);
  const scale = quick ? SCALES.quick : SCALES.full;
  const found = await mustBeWhole(session);
  const { profile } = await runnerStatusOf(session);
  const cards = await measureAll(session, found, chosen, scale, {
    topology: session.topology,
    profile,
    usdPerGb: price,
  });
  const { terminal } = session;
  const conditions = { perSecond: scale.perSecond, usdPerGb: price, profile, processors: availableParallelism() };
  if (session.json) terminal.line(JSON.stringify({ conditions: { ...conditions, scale }, modes: cards }, null, 2));
  else terminal.line(`\n${renderCard(cards, conditions, { ...terminal, regions })}`);
}

/** Whatever happens, the regions are put back before this ends. */
async function measureAll(
  session: Session,
  found: RoutingTable,
  chosen: RegionId,
  scale: Scale,
  terms: Terms,
): Promise<ModeCard[]> {
  const say = (line: string) => session.json || session.terminal.line(line);
  const stop = listenForStop(session.terminal, () => session.terminal.errorLine('The regions are being put back.'));
  // What the procedures of other commands say step by step is no part of a comparison.
  const quiet: Session = { ...session, json: false, terminal: { ...session.terminal, line: () => undefined } };
  const cards: ModeCard[] = [];
  let failure: unknown;
  try {
    const stand = await prepareStand(quiet);
    for (const kind of MODES) {
      stop.signal.throwIfAborted();
      const startedMs = performance.now();
      await toCommonGround(quiet);
      const seen = await measureMode(quiet, kind, chosen, stand, scale, stop.signal);
      cards.push(cardOf(seen, terms));
      say(`✓ ${kind.padEnd(14)} ${formatSeconds(performance.now() - startedMs).padStart(7)}  ${seen.lost} was killed`);
    }
  } catch (thrown) {
    failure = thrown;
  }
  try {
    await putBack(quiet, found);
    say(`✓ put back: ${found.mode.kind}, every process runs`);
  } catch (thrown) {
    throw new CommandFailure(
      `The regions could not be put back (${(thrown as Error).message}); "meridian mode" and "meridian status" show what is amiss.`,
    );
  } finally {
    stop.stopListening();
  }
  if (stop.signal.aborted)
    throw new CommandFailure('Stopped before the comparison was whole; the regions are as they were.');
  if (failure) throw failure;
  return cards;
}
