import { type EventEnvelope, envelopeFromHeaders, remoteTopic, type Topic } from '@meridian/contracts';
import { noteApplied, runsHere, type SideEffects } from '@meridian/inbox';
import { type HandleTogether, headersToStrings, type IncomingRecord } from '@meridian/kafka';
import type { Type } from '@nestjs/common';
import type pg from 'pg';
import { whileDatabaseIsThere } from './remote-events.ts';

/** Takes the records of a topic. What it throws, but for `RetryForever`, makes the record a dead letter in the end. */
export interface RecordConsumer {
  handle(record: IncomingRecord): Promise<void>;
  /** For one to which several cost less together. What it leaves, or all of it when it rejects, is handled alone. */
  handleTogether?: HandleTogether;
}

/**
 * A consumer, and where its side effect runs: the effect beside the join of what the event says (a mail, a refund, units
 * given back). Every region receives every event, so one that nobody thought about runs three times. It must be declared,
 * or it does not compile; and it is enforced, as far as the declaration says who acts:
 *
 * - `none`: it only joins state. It may be called anywhere and any number of times.
 * - `every`: each region acts, once in each; the consumer finds in its own data whether there is something to do.
 * - `origin`: it is given the events of its own region alone.
 * - `home`: it is given the events of aggregates whose home is here, wherever they were written.
 *
 * An event that it is not given is noted in the inbox all the same, or it would be reported as missing.
 */
export type DeclaredConsumer = {
  topic: Topic;
  consumer: Type<RecordConsumer>;
} & Declaration;

type Declaration =
  | {
      sideEffects: Extract<SideEffects, 'none' | 'every'>;
      /** Whose events: a service joins those of other regions; what it does for another one it does for all of them. */
      from: 'other-regions' | 'every-region';
    }
  | { sideEffects: 'origin'; from: 'this-region' }
  | { sideEffects: 'home'; from: 'every-region'; homeOf(event: EventEnvelope, regions: readonly string[]): string };

export interface Surroundings {
  region: string;
  otherRegions: readonly string[];
  pool: pg.Pool;
}

/** The topics of this region's cluster that it is given. */
export function topicsOf(
  { topic, from }: Pick<DeclaredConsumer, 'topic' | 'from'>,
  otherRegions: readonly string[],
): string[] {
  const copies = otherRegions.map((origin) => remoteTopic(origin, topic));
  if (from === 'this-region') return [topic];
  return from === 'every-region' ? [topic, ...copies] : copies;
}

/** What a consumer takes together: nothing where it must be asked of each event whether it is to act on it. */
export function togetherAsDeclared(
  { sideEffects }: Pick<Declaration, 'sideEffects'>,
  consumer: RecordConsumer,
): HandleTogether | undefined {
  return sideEffects === 'none' || sideEffects === 'every' ? consumer.handleTogether?.bind(consumer) : undefined;
}

/** Hands the consumer what its declaration says, and notes the rest. */
export function asDeclared(
  declaration: Declaration,
  consumer: RecordConsumer,
  { region, otherRegions, pool }: Surroundings,
): (record: IncomingRecord) => Promise<void> {
  const { sideEffects } = declaration;
  if (sideEffects === 'none' || sideEffects === 'every') return (record) => consumer.handle(record);
  // In one order, whichever region asks.
  const regions = [region, ...otherRegions].sort();
  return async (record) => {
    const event = envelopeFromHeaders(headersToStrings(record.headers));
    const { originRegion, source, originSequence: sequence } = event;
    const homeRegion = 'homeOf' in declaration ? declaration.homeOf(event, regions) : undefined;
    if (runsHere(sideEffects, { region, originRegion, ...(homeRegion !== undefined && { homeRegion }) }))
      return consumer.handle(record);
    await whileDatabaseIsThere(() => noteApplied(pool, { source, sequence }));
  };
}
