import { type ChildProcess, spawn } from 'node:child_process';
import type { Logger } from '@meridian/service-kit/process';

/** MirrorMaker takes 8 to 10 s to end in order. What it has not committed by then is copied twice, which is harmless. */
const STOP_WITHIN_MS = 2_500;
/** Between two starts of a worker that does not stay; a Java takes seconds of a processor to come to serve. */
const RESTART_MS = { first: 500, longest: 30_000 };
/** One that has run for so long has stayed. */
const STAYED_MS = 60_000;

/**
 * MirrorMaker 2 as a child of this process: started again when it ends, and never left behind. Its log goes where this
 * process's goes.
 */
export class WorkerProcess {
  readonly #argumentsFile: string;
  readonly #command: string;
  #logger: Logger | undefined;
  #java: ChildProcess | undefined;
  #startedAtMs = 0;
  #holders = 0;
  #pauseMs = RESTART_MS.first;
  #restarting: NodeJS.Timeout | undefined;
  /** Settled when nothing that was started runs any more. */
  #ended: Promise<void> = Promise.resolve();

  /** `argumentsFile`: what `java` is told, as `java @<file>` (infra/kafka makes it). */
  constructor(argumentsFile: string, java = 'java') {
    this.#argumentsFile = argumentsFile;
    this.#command = java;
  }

  get running(): boolean {
    return this.#java !== undefined;
  }

  /** What was said of a worker before this moment was said of another one. Milliseconds since 1970. */
  get startedAtMs(): number {
    return this.#startedAtMs;
  }

  /** One worker serves all copies into a region: the first one starts it. */
  hold(logger: Logger): void {
    this.#logger ??= logger;
    this.#holders += 1;
    if (this.#holders === 1) this.#start();
  }

  /** The last one ends it; resolves when it is gone. */
  async release(): Promise<void> {
    this.#holders -= 1;
    if (this.#holders === 0) await this.#end();
  }

  /** Ends the worker, does `meanwhile`, and starts it again: also what a failed task needs, as no other thing revives one. */
  async restart(why: string, meanwhile: () => Promise<void> = async () => undefined): Promise<void> {
    this.#logger?.warn({ why }, 'MirrorMaker is started again');
    await this.#end();
    await meanwhile();
    if (this.#holders > 0 && !this.#java) this.#start();
  }

  async #end(): Promise<void> {
    clearTimeout(this.#restarting);
    const java = this.#java;
    this.#java = undefined;
    if (java) {
      java.kill('SIGTERM');
      const late = setTimeout(() => java.kill('SIGKILL'), STOP_WITHIN_MS);
      await this.#ended;
      clearTimeout(late);
    }
  }

  #start(): void {
    this.#startedAtMs = Date.now();
    const java = spawn(this.#command, [`@${this.#argumentsFile}`], { stdio: ['ignore', 'inherit', 'inherit'] });
    const guard = java.pid === undefined ? undefined : guardOf(java.pid);
    this.#java = java;
    this.#ended = new Promise((resolve) => {
      const end = (how: string) => {
        guard?.kill('SIGKILL');
        resolve();
        if (this.#java === java) this.#startAgain(how);
      };
      java.once('error', (failure) => end(`could not be run: ${failure.message}`));
      java.once('exit', (code, signal) => end(signal ? `ended by ${signal}` : `ended with code ${code}`));
    });
  }

  #startAgain(how: string): void {
    this.#java = undefined;
    if (Date.now() - this.#startedAtMs > STAYED_MS) this.#pauseMs = RESTART_MS.first;
    this.#logger?.error({ how, againInMs: this.#pauseMs }, 'MirrorMaker is gone');
    this.#restarting = setTimeout(() => this.#start(), this.#pauseMs);
    this.#pauseMs = Math.min(this.#pauseMs * 2, RESTART_MS.longest);
  }
}

/**
 * Kills `pid` when this process is gone, however it went: then the pipe between the two is closed. A worker that outlived
 * its supervisor would go on copying beside the next one.
 */
function guardOf(pid: number): ChildProcess {
  const guard = spawn('sh', ['-c', 'read -r _; kill -9 "$1"', 'sh', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Not in the terminal's or the runner's group: it must outlive what it watches for.
    detached: true,
  });
  guard.on('error', () => undefined);
  guard.stdin?.on('error', () => undefined);
  return guard;
}
