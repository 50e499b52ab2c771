import { type Mode, type RegionCommand, regionIds } from '@meridian/regions';
import type { Command } from 'commander';
import { CommandFailure, usageFault } from '../command-failure.ts';
import { defineCommand } from '../command-text.ts';
import { isRunning } from '../instance/ask.ts';
import { command, findControls, newestTable } from '../instance/control.ts';
import type { InSession } from '../program.ts';
import { knownRegion, notRunning, type Session } from '../session.ts';
import { enterPilotLight, leavePilotLight } from './pilot-light.ts';
import { modeSentence, renderMode } from './render-mode.ts';

const MODES = ['active-active', 'active-passive', 'pilot-light', 'follow-the-sun'] as const;

export interface ModeOptions {
  primary?: string;
  auto?: boolean;
  speed?: string;
}

export function addModeCommand(program: Command, inSession: InSession): void {
  defineCommand(program, {
    usage: 'mode [mode]',
    summary: `show or set how the regions share the work: ${MODES.join(', ')}`,
    details:
      'A new mode is a new epoch, decided by a majority of regions. Without a mode, what is in force is shown, and who ' +
      'knows of it. With the mode that is in force and another primary, the primary hands over. In pilot light the ' +
      'services of the other regions are stopped, and started again when another mode follows',
    examples: [
      ['mode', 'what is in force'],
      ['mode active-passive --primary eu-west', 'writes at eu-west alone'],
      ['mode active-passive --primary us-east', 'from there: eu-west hands over'],
      ['mode active-passive --primary us-east --auto', 'a majority of regions fails a lost primary by itself'],
      ['mode pilot-light --primary eu-west', 'elsewhere only the data tier runs'],
      ['mode follow-the-sun --primary eu-west --speed 720', 'a day in 2 minutes'],
      ['mode active-active', 'writes anywhere'],
    ],
    failsWhen: 'no majority can be reached, or the states of the regions do not allow it',
  })
    .option('--primary <region>', 'the one region that writes, in every mode but active-active')
    .option('--auto', 'for active-passive: the regions fail a lost primary over by themselves; no edge votes')
    .option('--speed <n>', 'for follow-the-sun: how many times faster than the real clock; 1, or as it is in force')
    .action(
      inSession<ModeOptions>(async (session, options, [kind]) => {
        if (kind === undefined) return show(session);
        const now = newestTable(await findControls(session));
        const wanted = modeCommand(session, kind, options, now?.mode, Date.now());
        if (kind === 'pilot-light') return enterPilotLight(session, wanted, now);
        if (now?.mode.kind === 'pilot-light') return leavePilotLight(session, wanted, now);
        const table = await command(session, wanted);
        session.terminal.line(session.json ? JSON.stringify({ table }) : modeSentence(table));
      }),
    );
}

async function show(session: Session): Promise<void> {
  const controls = await findControls(session);
  const table = newestTable(controls);
  if (!table) {
    if (!(await isRunning(session))) throw notRunning(session.portOffset);
    throw new CommandFailure('No control answers; "meridian status" shows what runs.');
  }
  const { terminal } = session;
  if (session.json) terminal.line(JSON.stringify({ table, controls }));
  else terminal.line(renderMode(controls, { ...terminal, regions: regionIds(session.topology) }));
}

/** What to ask for so that the mode becomes this one. */
export function modeCommand(
  { topology }: Pick<Session, 'topology'>,
  kind: string,
  { primary, speed, auto }: ModeOptions,
  now: Mode | undefined,
  nowMs: number,
): RegionCommand {
  const known = MODES.find((mode) => mode === kind);
  if (!known) throw usageFault(`There is no mode "${kind}"; the modes are ${MODES.join(', ')}.`);
  if (known === 'active-active') {
    if (primary !== undefined) throw usageFault('In the mode active-active every region writes: there is no primary.');
    return { kind: 'set-mode', mode: { kind: known } };
  }
  if (auto && known !== 'active-passive')
    throw usageFault(
      `The mode ${known} knows no --auto: only in active-passive the next primary runs all that it needs.`,
    );
  if (primary === undefined) throw usageFault(`The mode ${known} has a primary: name it with --primary <region>.`);
  const region = knownRegion(topology, primary);
  const times = speed === undefined ? undefined : Number(speed);
  if (times !== undefined && !(times > 0)) throw usageFault(`A speed is a number above 0, not "${speed}".`);
  const isOtherwise =
    (now?.kind === 'active-passive' && Boolean(now.automatic) !== Boolean(auto)) ||
    (now?.kind === 'follow-the-sun' && times !== undefined && times !== now.clock.speed);
  if (now?.kind === known && !isOtherwise) return { kind: 'hand-over', to: region };
  if (known === 'active-passive')
    return { kind: 'set-mode', mode: { kind: known, primary: region, ...(auto && { automatic: true }) } };
  if (known === 'pilot-light') return { kind: 'set-mode', mode: { kind: known, primary: region } };
  const clock = { realStartMs: nowMs, startsAtMs: nowMs, speed: times ?? 1 };
  return { kind: 'set-mode', mode: { kind: known, primary: region, clock } };
}
