import { compareHlc, type Hlc } from '@meridian/hlc';
import { Injectable } from '@nestjs/common';

/** Orders of this region that wait for rights, by product. In memory: a process that ends takes its waiting orders along. */
@Injectable()
export class WaitingOrders {
  private readonly bySku = new Map<string, Set<{ units: number; since: Hlc }>>();

  /** Units are waited for until `end` is called. */
  add(sku: string, order: { units: number; since: Hlc }): { end(): void } {
    const waiting = this.bySku.get(sku) ?? new Set();
    this.bySku.set(sku, waiting.add(order));
    return {
      end: () => {
        waiting.delete(order);
        if (waiting.size === 0) this.bySku.delete(sku);
      },
    };
  }

  /** What all of them need together, and since when the first of them waits. */
  of(sku: string): { units: number; since: Hlc | undefined } {
    let units = 0;
    let since: Hlc | undefined;
    for (const order of this.bySku.get(sku) ?? []) {
      units += order.units;
      if (since === undefined || compareHlc(order.since, since) < 0) since = order.since;
    }
    return { units, since };
  }

  /** What is owed to orders here before any that waits elsewhere `since` then. */
  owedBefore(sku: string, since: Hlc | undefined): number {
    const here = this.of(sku);
    return here.since !== undefined && (since === undefined || compareHlc(here.since, since) < 0) ? here.units : 0;
  }
}
