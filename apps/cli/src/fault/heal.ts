import { oneWayMs, type RegionId } from '@meridian/regions';
import type { Command } from 'commander';
import { defineCommand } from '../command-text.ts';
import { linksOf, profileOf, tellWan, wanFaultsOf } from '../instance/wan.ts';
import type { InSession } from '../program.ts';
import { knownPair, knownRegion, type Session } from '../session.ts';
import { faulty, linksAt, linksBetween } from './links-of.ts';
import { report } from './report.ts';

export function addHeal(fault: Command, inSession: InSession): void {
  defineCommand(fault, {
    usage: 'heal [a] [b]',
    summary: 'mend every link, those between two regions, or an isolated region',
    details: 'Also brings back the delays of the profile. Processes that were killed come back by "fault restart".',
    examples: [
      ['fault heal', 'every link'],
      ['fault heal us-east eu-west', 'what lies between these two'],
      ['fault heal eu-west', 'after "fault isolate eu-west"'],
    ],
    failsWhen: 'the WAN still shows a fault',
  }).action(
    inSession(async (session, _options, [a, b]) => {
      if (a === undefined) return healAll(session);
      if (b === undefined) return healRegion(session, knownRegion(session.topology, a));
      return healPair(session, knownPair(session.topology, a, b));
    }),
  );
}

async function healAll(session: Session): Promise<void> {
  await tellWan(session, 'DELETE', '/faults');
  await tellWan(session, 'PUT', '/profile', { name: await profileOf(session) });
  await judge(session, 'every region and the edge', (links) => [...links]);
}

async function healRegion(session: Session, region: RegionId): Promise<void> {
  await tellWan(session, 'DELETE', `/faults?region=${region}`);
  await judge(session, region, (links) => linksAt(links, region));
}

async function healPair(session: Session, [a, b]: [RegionId, RegionId]): Promise<void> {
  await tellWan(session, 'DELETE', `/faults?between=${a},${b}`);
  const delayMs = oneWayMs(session.topology, await profileOf(session), a, b);
  await tellWan(session, 'PUT', '/delay', { between: [a, b], delayMs });
  await judge(session, `${a} ↔ ${b}`, (links) => linksBetween(links, [a, b]));
}

async function judge(session: Session, where: string, concerned: typeof faulty): Promise<void> {
  const [all, faults] = await Promise.all([linksOf(session), wanFaultsOf(session)]);
  const links = concerned(all);
  const left = faulty(links);
  const reasons = faults.map(({ kind, region, regions }) => [kind, region ?? regions].filter(Boolean).flat().join(' '));
  report(session, {
    hit: left.length === 0,
    sentence:
      left.length === 0
        ? `${where}: all ${links.length} links work`
        : `${where}: ${left.length} of ${links.length} links are still cut, by ${reasons.join('; ')}`,
    readBack: { links },
  });
}
