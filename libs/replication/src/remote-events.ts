import { isTransactionNumber, joinTokens, tokenOf } from '@meridian/consistency';
import { type EventEnvelope, readEvent, SNAPSHOT_EVENT } from '@meridian/contracts';
import { writeFor } from '@meridian/fencing';
import { type Hlc, latestHlcOf } from '@meridian/hlc';
import type { Origin } from '@meridian/inbox';
import { headersToStrings, type IncomingRecord, type RecordInSpan, RetryForever, TooEarly } from '@meridian/kafka';
import { isDatabaseAway } from '@meridian/service-kit';
import { ATTRIBUTES } from '@meridian/telemetry';
import { trace } from '@opentelemetry/api';
import type { z } from 'zod';
import { inSession, type Session, sessionOfEvent } from './consistency/session.ts';
import type { RegionClock } from './region-clock.ts';
import type { ReplicationLag } from './replication-lag.ts';

export interface RemoteEvent<T> {
  envelope: EventEnvelope;
  value: T;
  origin: Origin;
}

/** One of several that are applied together. */
export interface EventOfMany<T> extends RemoteEvent<T> {
  /** Runs `work` in this event's span, and in the session of its author. */
  asItself<Outcome>(work: () => Outcome): Outcome;
}

/**
 * How a service takes an event of its own topic that came from another region. Reading, checking, the clock, the lag and
 * the span are the same for all; what the event means is for the caller to `apply`.
 *
 * - What cannot be read, or does not match its schema, throws: it is poison and goes to the dead letters.
 * - What is further ahead of this region's clock than the bound throws, too. To merge it would let one wrong clock win
 *   every last-writer-wins decision until the others catch up with it. Of clocks that are seconds apart it is held until it
 *   is near enough; of one that stood in another year it goes to the dead letters.
 * - A database that is away is waited for; the event is not to blame.
 */
export class RemoteEvents {
  constructor(
    private readonly clock: RegionClock,
    private readonly lag: ReplicationLag,
    /** Whose events are joined; those of other services only have effects here. */
    private readonly service?: string,
  ) {}

  /**
   * `hlcOf` gives the greatest reading inside the value, which nothing forces to agree with the envelope's.
   * `apply` says whether the event was new here: what comes twice is not measured twice.
   */
  async receive<Schema extends z.ZodType>(
    record: IncomingRecord,
    schema: Schema,
    hlcOf: (value: z.output<Schema>) => Hlc | undefined,
    apply: (event: RemoteEvent<z.output<Schema>>) => Promise<boolean>,
  ): Promise<void> {
    const event = this.read(record, schema, hlcOf);
    this.nameOrigin(event.envelope);
    const isNew = await whileDatabaseIsThere(() =>
      inSession(this.sessionOf(event.envelope), () =>
        // What was told is joined wherever it is heard, and what follows from it is owed.
        writeFor('region', () => apply(event)),
      ),
    );
    if (isNew) this.measureLag(event.envelope);
  }

  /**
   * Takes several events at once: those before the first that is refused, as each of them would be alone. `applyAll` says of
   * each whether it was new, or rejects and has done nothing. Resolves with how many were taken.
   */
  async receiveTogether<Schema extends z.ZodType>(
    records: readonly RecordInSpan[],
    schema: Schema,
    hlcOf: (value: z.output<Schema>) => Hlc | undefined,
    applyAll: (events: readonly EventOfMany<z.output<Schema>>[]) => Promise<readonly boolean[]>,
  ): Promise<number> {
    const events: EventOfMany<z.output<Schema>>[] = [];
    for (const { record, inSpan } of records) {
      try {
        const event = this.read(record, schema, hlcOf);
        const session = this.sessionOf(event.envelope);
        events.push({ ...event, asItself: (work) => inSpan(() => inSession(session, work)) });
      } catch {
        // Handled alone, it is found out again, and is answered for.
        break;
      }
    }
    if (events.length === 0) return 0;
    const apply = () => writeFor('region', () => applyAll(events));
    // Heartbeats came with it, or what is refused: its SQL is its own, and is to be in its trace.
    const [alone] = events.length === 1 ? events : [];
    const isNew = await whileDatabaseIsThere(() => (alone ? alone.asItself(apply) : apply()));
    for (const [i, { asItself, envelope }] of events.entries())
      asItself(() => {
        this.nameOrigin(envelope);
        if (isNew[i]) this.measureLag(envelope);
      });
    return events.length;
  }

  /** Reads and checks, and moves the clock: from here on this region has heard of it. */
  private read<Schema extends z.ZodType>(
    record: IncomingRecord,
    schema: Schema,
    hlcOf: (value: z.output<Schema>) => Hlc | undefined,
  ): RemoteEvent<z.output<Schema>> {
    const { envelope, value } = readEvent(headersToStrings(record.headers), record.value?.toString('utf8'), schema);
    this.receiveClock(envelope.hlc, hlcOf(value));
    return { envelope, value, origin: { source: envelope.source, sequence: envelope.originSequence } };
  }

  private nameOrigin({ originRegion, originSequence }: EventEnvelope): void {
    const here = this.clock.region;
    trace.getActiveSpan()?.setAttributes({
      [ATTRIBUTES.originRegion]: originRegion,
      [ATTRIBUTES.originSequence]: originSequence,
      ...(originRegion !== here && { [ATTRIBUTES.link]: `${originRegion}->${here}` }),
    });
  }

  private measureLag({ originRegion, type, time }: EventEnvelope): void {
    // A state that is taken as a whole is not on its way since it was written.
    if (originRegion === this.clock.region || type.endsWith(SNAPSHOT_EVENT)) return;
    const lagMs = this.clock.wallClockMs() - Date.parse(time);
    this.lag.record(originRegion, lagMs);
    trace.getActiveSpan()?.setAttribute(ATTRIBUTES.lagMs, lagMs);
  }

  /** Whoever acts on an event has seen it, and what its author had seen. */
  private sessionOf({ source, originRegion, transaction, deps }: EventEnvelope): Session {
    const session = sessionOfEvent(deps);
    const [, , service = ''] = source.split('/');
    if (!isTransactionNumber(transaction)) return session;
    const given = joinTokens(session.given, tokenOf(service, originRegion, transaction));
    if (service !== this.service || originRegion === this.clock.region) return { ...session, given };
    return { ...session, given, arrived: { region: originRegion, transaction, after: session.given } };
  }

  private receiveClock(ofEnvelope: Hlc, ofValue: Hlc | undefined): void {
    const received = this.clock.receive(latestHlcOf([ofEnvelope, ofValue ?? ofEnvelope]) as Hlc);
    if (!received.ok) throw new ClockDrift(received.aheadMs, received.acceptableAtMs - this.clock.wallClockMs());
  }
}

export class ClockDrift extends TooEarly {
  override readonly name = 'ClockDrift';

  constructor(aheadMs: number, inMs: number) {
    super(`ClockDrift: the event is ${aheadMs} ms ahead of this region's clock`, inMs);
  }
}

/** A database that is away is no fault of the event: it is tried again for as long as that takes. */
export async function whileDatabaseIsThere<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (failure) {
    if (isDatabaseAway(failure)) throw new RetryForever('the database is away', { cause: failure });
    throw failure;
  }
}
