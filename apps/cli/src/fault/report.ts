import { CommandFailure } from '../command-failure.ts';
import type { Session } from '../session.ts';

/** One line for people, or what was read back for programs; a fault that did not hit ends the command with 1. */
export function report(session: Session, outcome: { hit: boolean; sentence: string; readBack: object }): void {
  const { hit, sentence, readBack } = outcome;
  if (session.json) session.terminal.line(JSON.stringify({ hit, sentence, ...readBack }, null, 2));
  if (!hit) throw new CommandFailure(`Not done: ${sentence}.`);
  if (!session.json) session.terminal.line(`${session.terminal.paint('good', '✓')} ${sentence}`);
}
