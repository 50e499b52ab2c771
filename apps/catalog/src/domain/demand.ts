/**
 * How many units of each product are asked for per second in this region, lately: an average in which what was asked for
 * `WINDOW_S` ago weighs e times less than what is asked for now. In memory: a process that starts expects nothing, and
 * its first orders tell it otherwise.
 */
const WINDOW_S = 10;
/** Of products that are asked for less often than this nothing need be remembered: the low-water mark is 0. */
const FORGOTTEN_PER_S = 0.01;
/** How many products are remembered before those are looked for. */
const SWEEP_AT = 10_000;

export class Demand {
  private readonly rates = new Map<string, { perS: number; atMs: number }>();

  note(sku: string, units: number, nowMs: number): void {
    this.rates.set(sku, { perS: this.perS(sku, nowMs) + units / WINDOW_S, atMs: nowMs });
    if (this.rates.size > SWEEP_AT) this.forget(nowMs);
  }

  perS(sku: string, nowMs: number): number {
    const last = this.rates.get(sku);
    return last ? last.perS * Math.exp((last.atMs - nowMs) / 1_000 / WINDOW_S) : 0;
  }

  private forget(nowMs: number): void {
    for (const sku of this.rates.keys()) if (this.perS(sku, nowMs) < FORGOTTEN_PER_S) this.rates.delete(sku);
  }
}
