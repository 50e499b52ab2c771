import type { RegionId } from '@meridian/regions';
import type { Command } from 'commander';
import { CommandFailure } from '../command-failure.ts';
import { defineCommand } from '../command-text.ts';
import { shortfalls, writtenBy } from '../horizons/shortfalls.ts';
import { inboxesOf, outboxesOf, untilApplied } from '../horizons/until-applied.ts';
import { command, tableInForce } from '../instance/control.ts';
import { modeSentence } from '../mode/render-mode.ts';
import { Steps } from '../procedure/steps.ts';
import { untilEdgeGoesBy, untilServicesKnow } from '../procedure/until-known.ts';
import { takenSentence, untilWritesAreTaken } from '../procedure/until-writes.ts';
import type { InSession } from '../program.ts';
import { knownRegion, type Session } from '../session.ts';
import { formatSeconds } from '../terminal/format-figures.ts';
import { secondsOf } from '../verify/verify.ts';
import { keepersOf, planEvacuation } from './plan-evacuation.ts';

export function addEvacuateCommand(program: Command, inSession: InSession): void {
  defineCommand(program, {
    usage: 'evacuate <region>',
    summary: 'take a region out of traffic by a plan: nothing is lost, and no request fails',
    details:
      'The primary hands over; nothing new is sent to the region and what it accepted is finished; then it is waited ' +
      'for until every other region has applied all that it has written, which is compared and not assumed. Its data ' +
      'tier goes on replicating. What is refused is refused before anything has moved',
    examples: [
      ['evacuate eu-west', 'before its machines are worked on'],
      ['evacuate eu-west --to us-east', 'its successor, where it is the primary'],
      ['failback eu-west', 'and back'],
    ],
    failsWhen: 'it is the last that may write, or others lack what it has written',
  })
    .option('--to <region>', 'who becomes the primary, where it is the primary (default: the nearest)')
    .option('--within <seconds>', 'how long each step may take', '60')
    .action(
      inSession<{ to?: string; within: string }>(async (session, { to, within }, [name = '']) => {
        const region = knownRegion(session.topology, name);
        const successor = to === undefined ? undefined : knownRegion(session.topology, to);
        await evacuate(session, region, successor, secondsOf(within));
      }),
    );
}

async function evacuate(session: Session, region: RegionId, to: RegionId | undefined, withinMs: number): Promise<void> {
  const before = await tableInForce(session);
  const plan = planEvacuation(before, session.topology, region, to);
  const keepers = keepersOf(before, region);
  // Who cannot be asked now could not be asked later, when the region has stopped serving.
  await Promise.all([inboxesOf(session, keepers), outboxesOf(session, [region])]);
  const steps = new Steps(session);

  let { epoch } = before;
  for (const one of plan.slice(0, -1)) {
    const isHandOver = one.kind === 'hand-over';
    const table = await steps.take(isHandOver ? 'hand over' : 'decide', () => command(session, one), modeSentence);
    if (isHandOver) await steps.take('serve', () => untilWritesAreTaken(session, table), takenSentence);
    epoch = table.epoch;
  }
  const settle = async () => {
    // From when its services know on, no commit of a client's write is under way there, and none comes.
    await Promise.all([
      untilServicesKnow(session, epoch, [region], withinMs),
      untilEdgeGoesBy(session, epoch, withinMs, { drained: region }),
    ]);
    return outboxesOf(session, [region]);
  };
  const written = await steps.take('drain', settle, () => `nothing is on its way to ${region}, nor begun there`);
  const total = written.reduce((sum, outbox) => sum + writtenBy(outbox), 0);
  await steps.take(
    'replicate',
    () => untilApplied(session, written, keepers, withinMs),
    () => `all ${total} events that ${region} has written are applied in ${keepers.join(' and ')}`,
  );
  const table = await steps.take('evacuate', () => command(session, { kind: 'evacuate', region }), modeSentence);

  const short = shortfalls(written, await inboxesOf(session, keepers));
  const rpoWrites = short.reduce((most, { events }) => Math.max(most, events), 0);
  const seconds = Math.round(steps.elapsedMs) / 1_000;
  if (session.json) {
    const services = written.map((outbox) => ({ service: outbox.service, written: writtenBy(outbox) }));
    const result = { region, table, steps: steps.taken, rpo: { writes: rpoWrites, services }, seconds };
    session.terminal.line(JSON.stringify(result, null, 2));
  }
  if (rpoWrites > 0) throw new CommandFailure(`${region} is evacuated, and others lack ${rpoWrites} of its writes.`);
  if (!session.json)
    session.terminal.line(
      `\n${region} is evacuated after ${formatSeconds(steps.elapsedMs)}. RPO 0: ${written.length} services compared, none lacks a write.`,
    );
}
