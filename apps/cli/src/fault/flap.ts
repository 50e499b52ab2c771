import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { defineCommand } from '../command-text.ts';
import { linksOf, tellWan } from '../instance/wan.ts';
import type { InSession } from '../program.ts';
import { knownPair } from '../session.ts';
import { faulty, linksBetween } from './links-of.ts';
import { positiveMs } from './positive-ms.ts';
import { report } from './report.ts';

const SLACK_MS = 1_000;

export function addFlap(fault: Command, inSession: InSession): void {
  defineCommand(fault, {
    usage: 'flap <a> <b>',
    summary: 'cut and mend the link between two regions again and again',
    examples: [
      ['fault flap us-east eu-west', 'up for 2 s, down for 1 s, until healed'],
      ['fault flap us-east eu-west --up 500 --down 500', 'faster'],
      ['fault heal us-east eu-west', 'stop it'],
    ],
    failsWhen: 'the link was not seen cut within one turn',
  })
    .option('--up <ms>', 'how long it works each time', '2000')
    .option('--down <ms>', 'how long it is cut each time', '1000')
    .action(
      inSession<{ up: string; down: string }>(async (session, { up, down }, [a = '', b = '']) => {
        const pair = knownPair(session.topology, a, b);
        const [upMs, downMs] = [positiveMs('--up', up), positiveMs('--down', down)];
        await tellWan(session, 'POST', '/faults', { kind: 'flap', regions: pair, upMs, downMs });
        const deadline = performance.now() + upMs + downMs + SLACK_MS;
        let links = linksBetween(await linksOf(session), pair);
        while (faulty(links).length === 0 && performance.now() < deadline) {
          await pause(Math.min(50, downMs / 4));
          links = linksBetween(await linksOf(session), pair);
        }
        report(session, {
          hit: faulty(links).length > 0,
          sentence: `${a} ↔ ${b} flaps: ${upMs} ms up, ${downMs} ms down (seen down on ${faulty(links).length} links)`,
          readBack: { links },
        });
      }),
    );
}
