/**
 * Lets writes of one product follow each other instead of failing each other: fifty orders for one product would
 * otherwise be read at one version, of which one commits and forty-nine begin again. It is a courtesy, not a lock: what
 * makes a write safe is the version in the database, which also another process meets.
 *
 * A transfer of rights goes ahead of the orders that wait: somebody in another region waits for it, for many orders at
 * once, and not for long. Behind a hundred orders for the same product it would come too late.
 */
export class SkuTurns {
  /** The last work under way or waiting, by SKU. */
  private readonly tails = new Map<string, Promise<void>>();
  private readonly underWay = new Map<string, Promise<void>>();
  /** The last of the work that goes ahead, by SKU. */
  private readonly ahead = new Map<string, Promise<void>>();

  /** Runs `work` when all earlier work with one of these SKUs has ended. All turns are taken at once, so none can deadlock. */
  async inTurn<T>(skus: string[], work: () => Promise<T>): Promise<T> {
    const earlier = skus.map((sku) => this.tails.get(sku));
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    for (const sku of skus) this.tails.set(sku, ended);
    try {
      await Promise.all(earlier);
      while (skus.some((sku) => this.ahead.has(sku))) await Promise.all(skus.map((sku) => this.ahead.get(sku)));
      for (const sku of skus) this.underWay.set(sku, ended);
      return await work();
    } finally {
      end();
      for (const sku of skus) {
        if (this.tails.get(sku) === ended) this.tails.delete(sku);
        if (this.underWay.get(sku) === ended) this.underWay.delete(sku);
      }
    }
  }

  /** Runs `work` as soon as the work under way with this SKU has ended, and before all that waits for its turn. */
  async aheadOfTurns<T>(sku: string, work: () => Promise<T>): Promise<T> {
    const earlier = [this.underWay.get(sku), this.ahead.get(sku)];
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    this.ahead.set(sku, ended);
    try {
      await Promise.all(earlier);
      return await work();
    } finally {
      end();
      if (this.ahead.get(sku) === ended) this.ahead.delete(sku);
    }
  }
}
