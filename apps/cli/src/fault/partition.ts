import type { Command } from 'commander';
import { defineCommand } from '../command-text.ts';
import { linksOf, tellWan } from '../instance/wan.ts';
import type { InSession } from '../program.ts';
import { knownPair } from '../session.ts';
import { blockedFrom, cutSentence, linksBetween } from './links-of.ts';
import { report } from './report.ts';

export function addPartition(fault: Command, inSession: InSession): void {
  defineCommand(fault, {
    usage: 'partition <a> <b>',
    summary: 'let nothing through between two regions',
    details: 'Bytes vanish and connections stay open (a black hole): the worse kind, as nobody is told.',
    examples: [
      ['fault partition us-east eu-west', 'in both directions'],
      ['fault partition us-east eu-west --one-way', 'only from us-east to eu-west'],
      ['fault heal us-east eu-west', 'mend it'],
    ],
    failsWhen: 'the WAN does not show the links as cut',
  })
    .option('--one-way', 'only from <a> to <b>')
    .action(
      inSession<{ oneWay?: boolean }>(async (session, { oneWay = false }, [a = '', b = '']) => {
        const pair = knownPair(session.topology, a, b);
        await tellWan(session, 'POST', '/faults', { kind: 'partition', regions: pair, oneWay });
        const links = linksBetween(await linksOf(session), pair);
        const forth = blockedFrom(links, a, b).length;
        const back = blockedFrom(links, b, a).length;
        report(session, {
          hit: links.length > 0 && forth === links.length && (oneWay || back === links.length),
          sentence: oneWay
            ? `${a} → ${b}: ${forth} of ${links.length} links let nothing through; ${b} → ${a}: ${back} of ${links.length}`
            : `${a} ↔ ${b}: ${cutSentence(links)}`,
          readBack: { links },
        });
      }),
    );
}
