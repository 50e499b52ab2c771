import { setTimeout as pause } from 'node:timers/promises';
import { regionIds } from '@meridian/regions';
import type { Command } from 'commander';
import { CommandFailure, usageFault } from '../command-failure.ts';
import { defineCommand } from '../command-text.ts';
import { floorsOf } from '../instance/wan.ts';
import type { InSession } from '../program.ts';
import type { Session } from '../session.ts';
import { fetchTrace } from './fetch-trace.ts';
import type { JaegerTrace } from './jaeger-trace.ts';
import { regionsIn } from './regions-in.ts';
import { renderWaterfall } from './render-waterfall.ts';

const LOOK_EVERY_MS = 200;
const WAIT_AT_MOST_MS = 15_000;
/** Spans are sent every 200 ms; a trace that has not grown for some turns of that has what it will have. */
const SETTLED_AFTER_MS = 800;

export function addTraceCommand(program: Command, inSession: InSession): void {
  defineCommand(program, {
    usage: 'trace <id>',
    summary: 'print one request across all regions as a waterfall',
    details:
      'The id stands in the answer to every request (x-meridian-trace-id) and is printed by "up" and "order".\n' +
      'A column per region shows where each step ran.',
    examples: [
      ['trace 4bf92f3577b34da6a3ce929d0e0e4736', 'what is known of this trace now'],
      ['trace 4bf92f3577b34da6a3ce929d0e0e4736 --wait', 'until every region has reported'],
      ['trace 4bf92f3577b34da6a3ce929d0e0e4736 --json', "Jaeger's own JSON"],
    ],
    failsWhen: 'there is no such trace',
  })
    .option('--wait', `wait until every region has reported (at most ${WAIT_AT_MOST_MS / 1000} s)`)
    .action(
      inSession<{ wait?: boolean }>(async (session, { wait }, [id = '']) => {
        const traceId = id.toLowerCase();
        if (!/^[0-9a-f]{16}([0-9a-f]{16})?$/.test(traceId))
          throw usageFault(`A trace id is 32 hexadecimal digits, not "${id}".`);
        const trace = wait ? await waitForTrace(session, traceId) : await fetchTrace(session, traceId);
        if (!trace) throw new CommandFailure(absenceSentence(traceId, wait === true));
        const { line, width, color } = session.terminal;
        if (session.json) return line(JSON.stringify(trace, null, 2));
        const regions = regionIds(session.topology);
        line(renderWaterfall(trace, { regions, width, color, linkMs: await floorsOf(session) }));
      }),
    );
}

async function waitForTrace(session: Session, traceId: string): Promise<JaegerTrace | undefined> {
  const regions = regionIds(session.topology);
  const started = performance.now();
  let trace: JaegerTrace | undefined;
  let grewAt = started;
  while (performance.now() - started < WAIT_AT_MOST_MS) {
    const latest = await fetchTrace(session, traceId);
    if ((latest?.spans.length ?? 0) !== (trace?.spans.length ?? 0)) grewAt = performance.now();
    trace = latest ?? trace;
    const seen = trace ? regionsIn(trace) : new Set();
    if (regions.every((r) => seen.has(r)) && performance.now() - grewAt >= SETTLED_AFTER_MS) break;
    await pause(LOOK_EVERY_MS);
  }
  return trace;
}

function absenceSentence(traceId: string, waited: boolean): string {
  const advice = waited
    ? 'the request may not have been sampled (see up --trace-ratio)'
    : 'spans take about a second to arrive (--wait waits for them), and an unsampled request leaves none';
  return `There is no trace ${traceId}: ${advice}.`;
}
