import type { InboxResponse, OutboxResponse } from '@meridian/contracts';

/** Events of one source that a reader has not applied; of several readers each is listed. */
export interface Shortfall {
  /** `/<region>/<service>` that wrote them. */
  source: string;
  /** `<region>/<service>` that lacks them. */
  reader: string;
  events: number;
}

/** How many events a service has written: those on its log, and those that wait in its outbox. */
export function writtenBy({ publishedSequence, pending }: OutboxResponse): number {
  return publishedSequence + pending;
}

/**
 * What the other regions have not applied of what the outboxes say was written. The same service of every other region
 * must have it; any other service counts where it reads the source at all. Taken from numbers and not from digests: a
 * region under writes never has the digest of another, but a number that was read before is passed by and by.
 */
export function shortfalls(outboxes: readonly OutboxResponse[], inboxes: readonly InboxResponse[]): Shortfall[] {
  return outboxes.flatMap((outbox) =>
    inboxes
      .filter(({ region }) => region !== outbox.region)
      .flatMap((inbox): Shortfall[] => {
        const source = `/${outbox.region}/${outbox.service}`;
        const applied = inbox.bySource[source];
        if (!applied && inbox.service !== outbox.service) return [];
        // What lies there as a dead letter has arrived: it waits for a person, and not on the way.
        const missing = Math.max(0, (applied?.missing ?? 0) - (applied?.openDeadLetters ?? 0));
        const behind = Math.max(0, writtenBy(outbox) - (applied?.appliedLast ?? 0)) + missing;
        return behind === 0 ? [] : [{ source, reader: `${inbox.region}/${inbox.service}`, events: behind }];
      }),
  );
}

export function shortfallSentence(short: readonly Shortfall[]): string {
  return short.map(({ reader, events, source }) => `${reader} lacks ${events} of ${source}`).join(', ');
}
