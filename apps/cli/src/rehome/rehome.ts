import { userResponse, uuidSchema } from '@meridian/contracts';
import { type RegionId, regionIds, urlOf } from '@meridian/regions';
import type { Command } from 'commander';
import { usageFault } from '../command-failure.ts';
import { defineCommand } from '../command-text.ts';
import { ask } from '../instance/ask.ts';
import { askService } from '../instance/services.ts';
import { Steps } from '../procedure/steps.ts';
import { until } from '../procedure/until-known.ts';
import type { InSession } from '../program.ts';
import { knownRegion, type Session } from '../session.ts';

/** Forwarded to the present home, twice at most, with a wait at the end of it. */
const DECIDED_WITHIN_MS = 15_000;
/** Replication takes a quarter of a second between the furthest regions; a machine under load takes longer. */
const KNOWN_WITHIN_MS = 20_000;

export function addRehomeCommand(program: Command, inSession: InSession): void {
  defineCommand(program, {
    usage: 'rehome <user>',
    summary: 'move the home of a person to another region, where what is strong is decided for them',
    details:
      'The present home decides; then it waits until every region that answers knows of it. In between what is strong is ' +
      'refused for a moment (503, send it again), and nothing stale is shown',
    examples: [
      ['rehome 7b9e2f0c-54a1-4c0e-9d55-0f8f6f3c2a41 --to eu-west', 'they have moved to Dublin'],
      ['rehome 7b9e2f0c-54a1-4c0e-9d55-0f8f6f3c2a41 --to eu-west --json', 'for programs'],
    ],
    failsWhen:
      'they are not known or at home there already, the region takes no writes, or their home cannot be reached',
  })
    .requiredOption('--to <region>', 'the region of their new home')
    .action(
      inSession<{ to: string }>(async (session, { to }, [user = '']) => {
        const id = uuidSchema.safeParse(user);
        if (!id.success) throw usageFault(`"${user}" is not the id of a user.`);
        await rehome(session, id.data, knownRegion(session.topology, to));
      }),
    );
}

async function rehome(session: Session, id: string, to: RegionId): Promise<void> {
  const steps = new Steps(session);
  const edge = urlOf(session.addresses.edge);
  const before = await ask(session, 'The edge', { url: `${edge}/users/${id}` }, userResponse);
  const move = {
    method: 'POST',
    url: `${edge}/users/${id}/rehome`,
    body: { to },
    timeoutMs: DECIDED_WITHIN_MS,
  } as const;
  await steps.take(
    'move',
    () => ask(session, 'The edge', move, userResponse),
    ({ homeRegion }) => `they were at home in ${before.homeRegion}, and are in ${homeRegion}`,
  );
  const { knowing, silent } = await steps.take(
    'known',
    () => untilKnown(session, id, to),
    ({ knowing }) => `${knowing.join(' and ')} know${knowing.length === 1 ? 's' : ''} of it`,
  );
  const { terminal, json } = session;
  if (json) {
    const report = { user: id, from: before.homeRegion, to, knowing, silent, steps: steps.taken };
    return terminal.line(JSON.stringify(report, null, 2));
  }
  if (silent.length > 0)
    terminal.errorLine(
      terminal.paint('warn', `${silent.join(' and ')} did not say so; they hear of it when they can.`),
    );
  terminal.line(`\nWhat is strong of ${id} is decided in ${to} now.`);
}

interface Knowing {
  knowing: RegionId[];
  silent: RegionId[];
}

/** Until every region that answers says so, the new home among them. */
function untilKnown(session: Session, id: string, to: RegionId): Promise<Knowing> {
  let late: RegionId[] = [];
  const look = async () => {
    const regions = regionIds(session.topology);
    const said = await Promise.allSettled(
      regions.map((region) => askService(session, { region, service: 'user' }, { path: `/users/${id}` }, userResponse)),
    );
    const homeIn = (i: number) => {
      const answer = said[i];
      return answer?.status === 'fulfilled' ? answer.value.homeRegion : undefined;
    };
    const knowing = regions.filter((_region, i) => homeIn(i) === to);
    const silent = regions.filter((_region, i) => homeIn(i) === undefined);
    late = regions.filter((region) => !knowing.includes(region) && (region === to || !silent.includes(region)));
    return late.length === 0 ? { knowing, silent } : undefined;
  };
  return until(
    look,
    KNOWN_WITHIN_MS,
    () => `After ${KNOWN_WITHIN_MS / 1_000} s ${late.join(' and ')} do not know of it.`,
  );
}
