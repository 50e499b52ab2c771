/**
 * How every command ends. 0: done. 1: it could not be done, or what it looked at is not in order. 2: it was asked
 * for something that does not exist or makes no sense. Nothing else is used, so scripts can rely on the three.
 */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the command with one plain sentence on stderr. */
export class CommandFailure extends Error {
  readonly exitCode: ExitCode;

  constructor(sentence: string, exitCode: ExitCode = EXIT.failed) {
    super(sentence);
    this.name = 'CommandFailure';
    this.exitCode = exitCode;
  }
}

export function usageFault(sentence: string): CommandFailure {
  return new CommandFailure(sentence, EXIT.usage);
}
