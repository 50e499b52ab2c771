import { Command } from 'commander';
import type { Session } from './session.ts';

/** Wraps a command's work: makes its session from the options, and tidies up after it. */
export type InSession = <O extends object>(
  work: (session: Session, options: O, operands: string[]) => Promise<void>,
) => (...args: unknown[]) => Promise<void>;

export type AddCommand = (program: Command, inSession: InSession) => void;

export function createProgram(inSession: InSession, commands: readonly AddCommand[]): Command {
  const program = new Command('meridian')
    .description('Runs three regions on this machine, breaks them, and shows what happens.')
    .exitOverride()
    .showSuggestionAfterError()
    .helpCommand('help [command]', 'the same as "<command> --help"')
    .addHelpText(
      'after',
      '\nEach command takes --help (with examples) and --json.\nExit codes: 0 done, 1 failed, 2 wrong usage.',
    );
  for (const add of commands) add(program, inSession);
  return program;
}
