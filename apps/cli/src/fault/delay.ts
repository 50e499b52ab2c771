import type { Command } from 'commander';
import { defineCommand } from '../command-text.ts';
import { linksOf, tellWan } from '../instance/wan.ts';
import type { InSession } from '../program.ts';
import { knownPair } from '../session.ts';
import { linksBetween } from './links-of.ts';
import { positiveMs } from './positive-ms.ts';
import { report } from './report.ts';

export function addDelay(fault: Command, inSession: InSession): void {
  defineCommand(fault, {
    usage: 'delay <a> <b> <ms>',
    summary: 'set the one-way delay between two regions',
    details: 'RTT is twice this. "fault heal" brings back the delay of the profile.',
    examples: [
      ['fault delay us-east eu-west 300', 'a far detour'],
      ['fault delay us-east eu-west 0', 'as if next door'],
    ],
    failsWhen: 'the WAN does not show the new delay',
  }).action(
    inSession(async (session, _options, [a = '', b = '', text = '']) => {
      const pair = knownPair(session.topology, a, b);
      const delayMs = positiveMs('A delay', text, 0);
      await tellWan(session, 'PUT', '/delay', { between: pair, delayMs });
      const links = linksBetween(await linksOf(session), pair);
      report(session, {
        hit: links.length > 0 && links.every((l) => l.delayMs === delayMs),
        sentence: `${a} ↔ ${b}: one-way delay is ${[...new Set(links.map((l) => l.delayMs))].join(' / ')} ms`,
        readBack: { links },
      });
    }),
  );
}
