import { setTimeout as pause } from 'node:timers/promises';

/** Something that a service cannot serve without, in its own region: readiness never depends on another one. */
export interface HealthSource {
  /** Named in the answer, e.g. `database`. */
  name: string;
  /** Why the service cannot serve yet, in a few plain words; nothing when it can. A throw counts as its message. */
  waitingFor(): Promise<string | undefined> | string | undefined;
}

/** A source that takes longer is not healthy: the prober would give up soon after. */
const ANSWER_WITHIN_MS = 1_000;

/** Inject it and register what the service depends on. */
export class Health {
  readonly #sources = new Map<string, HealthSource>();
  readonly #draining = new AbortController();

  /** A later source of the same name takes the place of the earlier. */
  register(source: HealthSource): void {
    this.#sources.set(source.name, source);
  }

  /** From now on the service says that it is going. */
  drain(): void {
    this.#draining.abort();
  }

  get draining(): boolean {
    return this.#draining.signal.aborted;
  }

  /** Aborted when draining begins, for what would otherwise keep a request open for long. */
  get drainSignal(): AbortSignal {
    return this.#draining.signal;
  }

  /** What the service waits for, one sentence part each; empty when it can serve. */
  async waitingFor(): Promise<string[]> {
    if (this.draining) return ['nothing, it is draining'];
    const answers = await Promise.all([...this.#sources.values()].map(ask));
    return answers.filter((answer) => answer !== undefined);
  }
}

async function ask(source: HealthSource): Promise<string | undefined> {
  const limit = new AbortController();
  const late = pause(ANSWER_WITHIN_MS, 'no answer', { signal: limit.signal, ref: false }).catch(() => undefined);
  try {
    const reason = await Promise.race([source.waitingFor(), late]);
    return reason === undefined ? undefined : `${source.name} (${reason})`;
  } catch (failure) {
    return `${source.name} (${failure instanceof Error ? failure.message || failure.name : failure})`;
  } finally {
    limit.abort();
  }
}
