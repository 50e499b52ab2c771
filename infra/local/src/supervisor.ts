import { describeExit, launch, type ManagedProcess, type ProcessSpec, tailOf } from '@meridian/process';
import { forgetProcess, recordProcess } from './run-records.ts';

export type ProcessState = 'starting' | 'running' | 'restarting' | 'stopped' | 'killed';

export interface SupervisedStatus {
  name: string;
  state: ProcessState;
  pid: number | undefined;
  restarts: number;
}

export type SupervisionEvent =
  | { type: 'died'; name: string; how: string; logTail: string; restartInMs: number }
  | { type: 'restarted'; name: string; afterMs: number }
  | { type: 'gave-up'; name: string; deaths: number; logTail: string };

/** A process that dies this often within this time will not come to stay. */
const DEATHS_TO_GIVE_UP = 5;
const DEATHS_WITHIN_MS = 30_000;
const FIRST_RESTART_MS = 50;
const LONGEST_RESTART_MS = 2_000;

/**
 * Keeps one process running: started again, with growing pauses, when it ends by itself; left alone when it was stopped
 * or killed on purpose.
 */
export class Supervised {
  readonly spec: ProcessSpec;
  #state: ProcessState = 'stopped';
  #current: ManagedProcess | undefined;
  #restarts = 0;
  #deaths: number[] = [];
  #timer: NodeJS.Timeout | undefined;
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

  /** Starts it and resolves when it serves; a death before that rejects. */
  async start(): Promise<void> {
    this.#state = 'starting';
    this.#deaths = [];
    await this.#launch();
  }

  /** Orderly. Resolves when it is gone. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#state = 'stopped';
    await this.#current?.stop();
    await forgetProcess(this.#runDir, this.spec.name);
  }

  /** SIGKILL, and it stays down until started again. */
  async kill(): Promise<void> {
    clearTimeout(this.#timer);
    this.#state = 'killed';
    this.#current?.signal('SIGKILL');
    await this.#current?.exited;
    await forgetProcess(this.#runDir, this.spec.name);
  }

  /** A signal from outside, as a fault would send it: the supervisor deals with what comes of it. */
  signal(signal: NodeJS.Signals): void {
    this.#current?.signal(signal);
  }

  async #launch(): Promise<void> {
    const launched = await launch(this.spec);
    this.#current = launched;
    // Stopped or killed while it was being launched.
    if (this.#state === 'stopped' || this.#state === 'killed') {
      await launched.stop();
      return;
    }
    await recordProcess(this.#runDir, this.spec.name, launched.pid);
    const serving = launched.untilReady();
    void launched.exited.then(() => {
      if (this.#current === launched && this.#state === 'running') this.#died(launched);
    });
    await serving;
    if (launched.exit()) {
      if (this.#state === 'starting' || this.#state === 'restarting')
        throw new Error(`${this.spec.name} ended at once.`);
      return;
    }
    if (this.#state === 'starting' || this.#state === 'restarting') this.#state = 'running';
    // It may have ended between being ready and being called so.
    if (launched.exit() && this.#state === 'running') this.#died(launched);
  }

  #died(process: ManagedProcess): void {
    const { name, logFile } = this.spec;
    const now = performance.now();
    this.#deaths = [...this.#deaths.filter((at) => now - at < DEATHS_WITHIN_MS), now];
    if (this.#deaths.length >= DEATHS_TO_GIVE_UP) {
      this.#state = 'stopped';
      this.#onEvent({ type: 'gave-up', name, deaths: this.#deaths.length, logTail: tailOf(logFile) });
      return;
    }
    this.#state = 'restarting';
    const exit = process.exit();
    const restartInMs = Math.min(FIRST_RESTART_MS * 2 ** (this.#deaths.length - 1), LONGEST_RESTART_MS);
    const how = exit ? describeExit(exit) : 'without serving';
    this.#onEvent({ type: 'died', name, how, logTail: tailOf(logFile), restartInMs });
    this.#timer = setTimeout(() => void this.#restart(now), restartInMs);
  }

  async #restart(diedAt: number): Promise<void> {
    this.#restarts += 1;
    try {
      await this.#launch();
      if (this.#state === 'running')
        this.#onEvent({ type: 'restarted', name: this.spec.name, afterMs: performance.now() - diedAt });
    } catch {
      // It did not come to serve: that is another death, unless it was stopped meanwhile.
      if (this.#state === 'restarting' && this.#current) {
        await this.#current.stop();
        if (this.#state === 'restarting') this.#died(this.#current);
      }
    }
  }
}
