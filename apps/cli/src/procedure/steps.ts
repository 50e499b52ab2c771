import type { Session } from '../session.ts';
import { formatSeconds } from '../terminal/format-figures.ts';

/** One step of a procedure as it went. Times in milliseconds; `atMs` is when it ended, since the procedure began. */
export interface TakenStep {
  step: string;
  said: string;
  tookMs: number;
  atMs: number;
}

/**
 * The steps of a procedure, each printed as soon as it is done: who evacuates a region wants to see where it stands, and
 * where it stood when it failed. For programs they come all at once, at the end.
 */
export class Steps {
  readonly taken: TakenStep[] = [];
  readonly #startedMs = performance.now();

  constructor(private readonly session: Pick<Session, 'terminal' | 'json'>) {}

  get elapsedMs(): number {
    return performance.now() - this.#startedMs;
  }

  /** Does the work and says what came of it. A failure passes, after the steps before it have been said. */
  async take<T>(step: string, work: () => Promise<T>, say: (result: T) => string): Promise<T> {
    const fromMs = this.elapsedMs;
    const result = await work();
    this.note(step, say(result), this.elapsedMs - fromMs);
    return result;
  }

  /** A step whose time was measured elsewhere. */
  note(step: string, said: string, tookMs: number): void {
    const taken = { step, said, tookMs: Math.round(tookMs), atMs: Math.round(this.elapsedMs) };
    this.taken.push(taken);
    const { terminal, json } = this.session;
    if (!json) terminal.line(renderStep(taken, terminal.paint));
  }
}

const NAME_WIDTH = 10;

export function renderStep({ step, said, tookMs }: TakenStep, paint: Session['terminal']['paint']): string {
  return `${paint('good', '✓')} ${step.padEnd(NAME_WIDTH)} ${formatSeconds(tookMs).padStart(6)}  ${said}`;
}
