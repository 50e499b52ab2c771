import type { LogRecord } from './model/kafka.ts';

/**
 * What can be seen of the world, as it happens: the history that the invariants are checked on. It is told by the models
 * where the thing itself happens (a commit, an append, an answer), never by the code that is to be proved.
 */
export type Observation =
  /** A clock gave out a reading for a write. `after` is the greatest reading that the row held that it was decided on. */
  | { kind: 'stamped'; region: string; service: string; key: string; hlc: string; after: string | undefined }
  /** A remote state was joined into a row. */
  | { kind: 'joined'; region: string; service: string; key: string; hlc: string; wallMs: number }
  /** A transaction of a command or of a side effect has committed. */
  | {
      kind: 'committed';
      region: string;
      service: string;
      key: string;
      version: number;
      hlc: string;
      row: number;
      by: string | undefined;
    }
  /** A record is in a log. */
  | { kind: 'appended'; region: string; topic: string; partition: number; record: LogRecord }
  /** A consumer carried out what an event asks for. */
  | { kind: 'applied'; region: string; group: string; source: string; sequence: number }
  /** A session was answered at the level `session`: the delta that it wrote, the state that it read. */
  | { kind: 'wrote'; session: string; service: ServiceName; key: string; value: unknown; region: string }
  | { kind: 'read'; session: string; service: ServiceName; key: string; value: unknown; region: string }
  /** Units of a SKU came into being, left the stock for an order, came back. */
  | { kind: 'created'; sku: string; units: Readonly<Record<string, number>> }
  | { kind: 'restocked'; region: string; sku: string; units: number }
  | { kind: 'reserved' | 'released'; region: string; sku: string; units: number; orderId: string; askedBy: string }
  /** Somebody asks for an order under a key, and takes it to have this id. */
  | { kind: 'placed'; idempotencyKey: string; orderId: string }
  | { kind: 'met'; situation: Situation }
  /** A provider took money, or gave it back. */
  | { kind: 'charged' | 'refunded'; region: string; orderId: string; chargeId: string; amountMinor: number };

/** Situations that the rules are there for: a run of the tests in which one never came up would prove nothing about it. */
export const SITUATIONS = [
  'a session waited',
  'a session was forwarded',
  'a session was refused',
  'an event went to the dead letters',
  'a placing was surplus',
  'rights were transferred',
  'an order was reserved in another region',
  'a charge was given back',
  'a charge was not of the total that holds',
  'a placing that broke off was completed',
  'an event was published again',
  'an event was copied again',
] as const;
export type Situation = (typeof SITUATIONS)[number];

export type ServiceName = 'user' | 'catalog' | 'order';
export type Observe = (observation: Observation) => void;
