import type { InboxResponse, OutboxResponse } from '@meridian/contracts';

type State = InboxResponse['bySource'][string];

/** How far one service of one region is with the events of one source. */
export interface SourceReport {
  /** `<region>/<service>` that applies them. */
  reader: string;
  /** `/<region>/<service>` that wrote them. */
  source: string;
  /** Null when the source's own region did not say. */
  published: number | null;
  appliedUpTo: number;
  appliedLast: number;
  /** Events that were published and are not applied here, wherever they are on their way. */
  behind: number;
  missing: number;
  gaps: State['gaps'];
  openDeadLetters: number;
  /** The source has numbered its events anew, below what is known of it here: its database was lost. */
  renumbered: boolean;
}

export interface Streams {
  inbox: InboxResponse;
  outbox: OutboxResponse;
}

export function judgeSources(streams: readonly Streams[]): SourceReport[] {
  const published = new Map(streams.map(({ outbox: o }) => [`/${o.region}/${o.service}`, o.publishedSequence]));
  return streams.flatMap(({ inbox }) =>
    Object.entries(inbox.bySource).map(([source, state]): SourceReport => {
      const { appliedUpTo, appliedLast, missing, gaps, openDeadLetters } = state;
      const last = published.get(source) ?? null;
      return {
        ...{ reader: `${inbox.region}/${inbox.service}`, source, published: last, appliedUpTo, appliedLast },
        behind: missing + Math.max(0, (last ?? appliedLast) - appliedLast),
        ...{ missing, gaps, openDeadLetters, renumbered: last !== null && last < appliedLast },
      };
    }),
  );
}

/** What does not come by itself. Events on their way do. */
export function isAmiss({ missing, openDeadLetters, renumbered }: SourceReport): boolean {
  return missing > 0 || openDeadLetters > 0 || renumbered;
}
