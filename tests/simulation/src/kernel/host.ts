import type { Kernel } from './kernel.ts';

/**
 * Work that takes time is a generator: it runs until it yields what it waits for, and every `yield` is a place where
 * anything else may happen, the end of its process too. Promises would do the same, but their order belongs to the engine.
 */
export type Task<T> = Generator<Wait, T, void>;
/** Milliseconds of virtual time, or something that somebody else will say is done. */
export type Wait = number | Signal;

/** Happens once. */
export class Signal {
  happened = false;
  #waiting: (() => void)[] = [];

  /** Runs `then` when it happens, or at once when it has. */
  whenHappened(then: () => void): void {
    if (this.happened) then();
    else this.#waiting.push(then);
  }

  happen(): void {
    if (this.happened) return;
    this.happened = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const then of waiting) then();
  }
}

/** Wakes whoever waits, again and again. */
export class Bell {
  #next = new Signal();

  get rung(): Signal {
    return this.#next;
  }

  ring(): void {
    const rung = this.#next;
    this.#next = new Signal();
    rung.happen();
  }
}

/** A process: it can end at any step, and then nothing that it had begun goes on; what was in its memory is gone. */
export class Host {
  up = true;
  /** Counts its lives. */
  life = 0;
  readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  start(task: Task<void>, { background = false } = {}): void {
    const { life } = this;
    const isAlive = () => this.up && this.life === life;
    const resume = (): void => {
      if (!isAlive()) return;
      const { value, done } = task.next();
      if (done) return;
      if (typeof value === 'number') this.kernel.after(value, resume, { background });
      else value.whenHappened(() => this.kernel.after(0, resume));
    };
    this.kernel.after(0, resume);
  }

  crash(): void {
    this.up = false;
    this.life += 1;
  }

  restart(): void {
    this.up = true;
  }
}

/** Whether `signal` happened within `withinMs`; does not wait longer than that. */
export function* within(kernel: Kernel, signal: Signal, withinMs: number, { background = false } = {}): Task<boolean> {
  const either = new Signal();
  const giveUp = kernel.after(withinMs, () => either.happen(), { background });
  signal.whenHappened(() => {
    giveUp();
    either.happen();
  });
  yield either;
  return signal.happened;
}
