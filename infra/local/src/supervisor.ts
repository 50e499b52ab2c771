import { setTimeout as pauseFor } from 'node:timers/promises';
import { DidNotServe, describeExit, launch, type ManagedProcess, type ProcessSpec, tailOf } from '@meridian/process';
import { forgetProcess, recordProcess } from './run-records.ts';

export type ProcessState = 'starting' | 'running' | 'restarting' | 'stopped' | 'killed';

export interface SupervisedStatus {
  name: string;
  state: ProcessState;
  pid: number | undefined;
  restarts: number;
}

export type SupervisionEvent =
  /** `how` is a phrase that follows the name: "ended by SIGKILL". `logTail` begins with a space, or is empty. */
  | { type: 'died'; name: string; how: string; logTail: string; restartInMs: number }
  | { type: 'restarted'; name: string; afterMs: number }
  | { type: 'gave-up'; name: string; deaths: number; how: string; logTail: string };

/** A process that ends by itself this often within this time will not come to stay. */
const DEATHS_TO_GIVE_UP = 5;
const DEATHS_WITHIN_MS = 30_000;
const FIRST_RESTART_MS = 50;
const LONGEST_RESTART_MS = 2_000;

interface End {
  /** A phrase that follows the process's name. */
  how: string;
  /** Whether it served before it ended. */
  served: boolean;
  /** Nobody kill -9s itself: this end came from outside and says nothing about the process. */
  fromOutside: boolean;
}

/**
 * Keeps one process running: started again, with growing pauses, when it ends by itself; left alone when it was stopped
 * or killed on purpose. A process that was killed from outside (`kill -9`) after it had served is started again however
 * often that happens; one that keeps ending by itself is given up.
 */
export class Supervised {
  readonly spec: ProcessSpec;
  #state: ProcessState = 'stopped';
  #current: ManagedProcess | undefined;
  #restarts = 0;
  /** Aborted when the process is no longer wanted. */
  #wanted = new AbortController();
  #life: Promise<void> = Promise.resolve();
  readonly #runDir: string;
  readonly #onEvent: (event: SupervisionEvent) => void;

  constructor(spec: ProcessSpec, runDir: string, onEvent: (event: SupervisionEvent) => void) {
    this.spec = spec;
    this.#runDir = runDir;
    this.#onEvent = onEvent;
  }

  status(): SupervisedStatus {
    const pid = this.#current?.exit() === undefined ? this.#current?.pid : undefined;
    return { name: this.spec.name, state: this.#state, pid, restarts: this.#restarts };
  }

  /** Starts it and resolves when it serves. Rejects, and leaves it stopped, when it does not come to serve. */
  start(): Promise<void> {
    if (this.#state !== 'stopped' && this.#state !== 'killed')
      return Promise.reject(new Error(`${this.spec.name} is ${this.#state} already.`));
    this.#state = 'starting';
    this.#wanted = new AbortController();
    return new Promise((resolve, reject) => {
      this.#life = this.#live(this.#wanted.signal, resolve, reject);
    });
  }

  /** Orderly. Resolves when it is gone. */
  async stop(): Promise<void> {
    await this.#end('stopped', (current) => current.stop());
  }

  /** SIGKILL, and it stays down until started again. */
  async kill(): Promise<void> {
    await this.#end('killed', (current) => {
      current.signal('SIGKILL');
      return current.exited;
    });
  }

  /** A signal from outside, as a fault would send it: the supervisor deals with what comes of it. */
  signal(signal: NodeJS.Signals): void {
    this.#current?.signal(signal);
  }

  async #end(state: 'stopped' | 'killed', how: (current: ManagedProcess) => Promise<unknown>): Promise<void> {
    this.#wanted.abort();
    this.#state = state;
    if (this.#current) await how(this.#current);
    await this.#life;
    await forgetProcess(this.#runDir, this.spec.name);
  }

  async #live(halted: AbortSignal, onServing: () => void, onFailure: (failure: Error) => void): Promise<void> {
    const { name, logFile } = this.spec;
    let diedAt: number | undefined;
    let ownDeaths: number[] = [];
    for (;;) {
      const end = await this.#liveOnce(halted, () => {
        this.#state = 'running';
        if (diedAt !== undefined) this.#onEvent({ type: 'restarted', name, afterMs: performance.now() - diedAt });
        onServing();
      });
      if (halted.aborted) return onFailure(new Error(`${name} was stopped while it was being started.`));
      const logTail = tailOf(logFile);
      if (diedAt === undefined && !end.served) {
        await this.#giveUp();
        return onFailure(new Error(`${name} ${end.how}.${logTail}`));
      }
      const now = performance.now();
      diedAt = now;
      if (!end.fromOutside) ownDeaths = [...ownDeaths.filter((at) => now - at < DEATHS_WITHIN_MS), now];
      const deaths = ownDeaths.length;
      if (deaths >= DEATHS_TO_GIVE_UP) {
        await this.#giveUp();
        return this.#onEvent({ type: 'gave-up', name, deaths, how: end.how, logTail });
      }
      this.#state = 'restarting';
      const backOffMs = Math.min(FIRST_RESTART_MS * 2 ** (deaths - 1), LONGEST_RESTART_MS);
      const restartInMs = end.fromOutside ? FIRST_RESTART_MS : backOffMs;
      this.#onEvent({ type: 'died', name, how: end.how, logTail, restartInMs });
      await pauseFor(restartInMs, undefined, { signal: halted }).catch(() => undefined);
      if (halted.aborted) return;
      this.#restarts += 1;
    }
  }

  /** From launch to end. Never rejects: not to come to serve is an end, too. */
  async #liveOnce(halted: AbortSignal, onServing: () => void): Promise<End> {
    let launched: ManagedProcess | undefined;
    try {
      launched = await launch(this.spec);
      this.#current = launched;
      recordProcess(this.#runDir, this.spec.name, launched.pid, this.spec.stopSignal);
      // Stopped while it was being launched.
      if (halted.aborted) await launched.stop();
      await launched.untilReady();
      if (!halted.aborted) onServing();
      const exit = await launched.exited;
      return { how: `ended ${describeExit(exit)}`, served: true, fromOutside: exit.signal === 'SIGKILL' };
    } catch (failure) {
      const fromOutside = launched?.exit()?.signal === 'SIGKILL';
      await launched?.stop();
      const how = failure instanceof DidNotServe ? failure.how : `could not be started: ${(failure as Error).message}`;
      return { how, served: false, fromOutside };
    }
  }

  async #giveUp(): Promise<void> {
    this.#state = 'stopped';
    await forgetProcess(this.#runDir, this.spec.name);
  }
}
