import { isTransactionNumber } from '@meridian/consistency';
import { HEARTBEAT_TYPE, originOfTopic, SERVICE_OF_TOPIC, type Topic } from '@meridian/contracts';
import type { AppliedHorizons } from '@meridian/inbox';
import { type HandleTogether, headerText, type IncomingRecord, type RecordInSpan } from '@meridian/kafka';

type Take = (record: IncomingRecord) => Promise<void>;

/**
 * Follows how far each source has been applied, record by record: a stamp counts once the record that bears it has been
 * dealt with. Consumers never see heartbeats, which are stamps and nothing else.
 */
export class FollowHorizons {
  constructor(
    private readonly horizons: AppliedHorizons,
    private readonly here: string,
  ) {}

  async follow(record: IncomingRecord, take: Take): Promise<void> {
    if (!isHeartbeat(record)) await take(record);
    this.reach(record);
  }

  /** Likewise for several at once, by topic. */
  ofEach(together: Readonly<Record<string, HandleTogether>>): Record<string, HandleTogether> {
    const follow = ([topic, take]: [string, HandleTogether]): [string, HandleTogether] => [
      topic,
      (records) => this.followTogether(records, take),
    ];
    return Object.fromEntries(Object.entries(together).map(follow));
  }

  /** `take` takes the first of them, or all. */
  async followTogether(records: readonly RecordInSpan[], take: HandleTogether): Promise<number> {
    const events = records.filter(({ record }) => !isHeartbeat(record));
    const taken = events.length > 0 ? await take(events) : 0;
    const next = events[taken];
    const passed = next ? records.indexOf(next) : records.length;
    for (const { record } of records.slice(0, passed)) this.reach(record);
    return passed;
  }

  private reach(record: IncomingRecord): void {
    const horizon = headerText(record, 'ce_horizon');
    const atMs = Date.parse(headerText(record, 'ce_time') ?? '');
    // An origin of an older version stamps nothing; who waits for it is forwarded.
    if (!isTransactionNumber(horizon) || Number.isNaN(atMs)) return;
    this.horizons.reach(this.sourceOf(record), record.partition, { horizon, atMs });
  }

  /** The record is passed without being applied. What lets go of it is that its dead letter was replayed. */
  async hold(record: IncomingRecord): Promise<void> {
    await this.horizons.hold(this.sourceOf(record), record.partition, nameOf(record));
  }

  /** By where the record lies and not by what it says of itself: what cannot be read says nothing. */
  private sourceOf(record: IncomingRecord): string {
    const { region, topic } = originOfTopic(record.topic, this.here);
    return `/${region}/${SERVICE_OF_TOPIC[topic as Topic] ?? topic}`;
  }
}

function isHeartbeat(record: IncomingRecord): boolean {
  return headerText(record, 'ce_type') === HEARTBEAT_TYPE;
}

function nameOf({ topic, partition, offset }: IncomingRecord): string {
  return `${topic}/${partition}/${offset}`;
}
