import type { RebuildPhase, RebuildReport, RebuildResponse } from '@meridian/contracts';

/** How far a rebuild has come: what `GET /rebuild` and the readiness of the service say. */
export class RebuildProgress {
  /** Undefined until the database was asked. */
  phase: RebuildPhase | undefined;
  waitingFor: string | undefined;
  taken = 0;
  expected: number | undefined;
  report: RebuildReport | null = null;
  #startedMs = performance.now();
  #endedMs: number | undefined;

  begin(phase: RebuildPhase): void {
    this.phase = phase;
    this.waitingFor = undefined;
    if (phase === 'joined') this.#endedMs = performance.now();
  }

  get seconds(): number {
    return Math.round(((this.#endedMs ?? performance.now()) - this.#startedMs) / 100) / 10;
  }

  /** Why the service cannot serve yet; nothing when it can. */
  whyNotReady(): string | undefined {
    if (this.phase === 'joined') return undefined;
    const how = this.expected === undefined ? '' : `, ${this.taken} of about ${this.expected} aggregates`;
    const why = this.waitingFor === undefined ? '' : `: ${this.waitingFor}`;
    return `${this.phase ?? 'the database is not known to have its data'}${how}${why}`;
  }

  toResponse(): Omit<RebuildResponse, 'service' | 'region'> {
    return {
      phase: this.phase ?? 'hearing',
      waitingFor: this.waitingFor ?? null,
      taken: this.taken,
      expected: this.expected ?? null,
      seconds: this.seconds,
      report: this.report,
    };
  }
}
