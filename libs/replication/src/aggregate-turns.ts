/**
 * Lets writes of one aggregate follow each other instead of failing each other: fifty orders for one product would
 * otherwise be read at one version, of which one commits and forty-nine begin again. It is a courtesy, not a lock: what
 * makes a write safe is the version in the database, which also another process meets.
 *
 * Some work goes ahead of what waits, a transfer of stock rights for one: somebody in another region waits for it, for many
 * orders at once, and not for long. Behind a hundred orders for the same product it would come too late.
 */
export class AggregateTurns {
  /** The last work under way or waiting, by id. */
  private readonly tails = new Map<string, Promise<void>>();
  private readonly underWay = new Map<string, Promise<void>>();
  /** The last of the work that goes ahead, by id. */
  private readonly ahead = new Map<string, Promise<void>>();

  /** Runs `work` when all earlier work with one of these ids has ended. All turns are taken at once, so none can deadlock. */
  async inTurn<T>(ids: string[], work: () => Promise<T>): Promise<T> {
    const earlier = ids.map((id) => this.tails.get(id));
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    for (const id of ids) this.tails.set(id, ended);
    try {
      await Promise.all(earlier);
      while (ids.some((id) => this.ahead.has(id))) await Promise.all(ids.map((id) => this.ahead.get(id)));
      for (const id of ids) this.underWay.set(id, ended);
      return await work();
    } finally {
      end();
      for (const id of ids) {
        if (this.tails.get(id) === ended) this.tails.delete(id);
        if (this.underWay.get(id) === ended) this.underWay.delete(id);
      }
    }
  }

  /** Runs `work` as soon as the work under way with this id has ended, and before all that waits for its turn. */
  async aheadOfTurns<T>(id: string, work: () => Promise<T>): Promise<T> {
    const earlier = [this.underWay.get(id), this.ahead.get(id)];
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    this.ahead.set(id, ended);
    try {
      await Promise.all(earlier);
      return await work();
    } finally {
      end();
      if (this.ahead.get(id) === ended) this.ahead.delete(id);
    }
  }
}
