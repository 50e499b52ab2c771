import type { Command } from 'commander';
import { defineCommand } from '../command-text.ts';
import { linksOf, tellWan } from '../instance/wan.ts';
import type { InSession } from '../program.ts';
import { knownRegion } from '../session.ts';
import { cutSentence, faulty, linksAt } from './links-of.ts';
import { report } from './report.ts';

export function addIsolate(fault: Command, inSession: InSession): void {
  defineCommand(fault, {
    usage: 'isolate <region>',
    summary: 'cut one region off from every other one and from the edge',
    examples: [
      ['fault isolate eu-west', 'its processes run on, but nobody reaches them'],
      ['fault heal', 'mend everything'],
    ],
    failsWhen: 'the WAN does not show the links as cut',
  }).action(
    inSession(async (session, _options, [name = '']) => {
      const region = knownRegion(session.topology, name);
      await tellWan(session, 'POST', '/faults', { kind: 'isolate', region });
      const links = linksAt(await linksOf(session), region);
      report(session, {
        hit: links.length > 0 && faulty(links).length === links.length,
        sentence: `${region} is isolated: ${cutSentence(links)}`,
        readBack: { links },
      });
    }),
  );
}
