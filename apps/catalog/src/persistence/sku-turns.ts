/**
 * Lets writes of one product follow each other instead of failing each other: fifty orders for one product would
 * otherwise be read at one version, of which one commits and forty-nine begin again. It is a courtesy, not a lock: what
 * makes a write safe is the version in the database, which also another process meets.
 */
export class SkuTurns {
  /** The last work under way or waiting, by SKU. */
  private readonly tails = new Map<string, Promise<void>>();

  /** Runs `work` when all earlier work with one of these SKUs has ended. All turns are taken at once, so none can deadlock. */
  async inTurn<T>(skus: string[], work: () => Promise<T>): Promise<T> {
    const earlier = skus.map((sku) => this.tails.get(sku));
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    for (const sku of skus) this.tails.set(sku, ended);
    try {
      await Promise.all(earlier);
      return await work();
    } finally {
      end();
      for (const sku of skus) if (this.tails.get(sku) === ended) this.tails.delete(sku);
    }
  }
}
