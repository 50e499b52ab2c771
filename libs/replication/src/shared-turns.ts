import { AsyncLocalStorage } from 'node:async_hooks';
import { writtenFor } from '@meridian/fencing';
import { ATTRIBUTES } from '@meridian/telemetry';
import { type Span, trace } from '@opentelemetry/api';
import type { AggregateTurns } from './aggregate-turns.ts';

/** One of those that share a turn. */
export interface Asked<Item> {
  item: Item;
  /** Runs `work` in the span and the session of who asked. */
  asItself<Outcome>(work: () => Outcome): Outcome;
}

export interface SharedTurnsOptions<Item, Outcome> {
  turns: AggregateTurns;
  /** How many share a turn at most: who came first waits until all of them are done. */
  most: number;
  /** An outcome for each, in this order. It runs as one of those who asked; when it rejects, all of them have failed. */
  carryOut(asked: readonly Asked<Item>[]): Promise<readonly Outcome[]>;
}

interface Waiting<Item, Outcome> extends Asked<Item> {
  settle: PromiseWithResolvers<Outcome>;
  span: Span | undefined;
}

/**
 * A turn that is shared by all that wait for it: group commit. Of a hundred orders for one product each would wait for a
 * read and a commit of every one before it; so they wait for the one under way, and are then decided one after the other and
 * committed together. Nothing is waited for to make a group larger: who finds the turn free takes it at once.
 *
 * Together go only those of the same aggregates, and on behalf of the same kind of author, as one statement is refused whole.
 */
export class SharedTurns<Item, Outcome> {
  /** Those whose turn has not come yet and that others may join, by what they have in common. */
  private readonly open = new Map<string, Waiting<Item, Outcome>[]>();

  constructor(private readonly options: SharedTurnsOptions<Item, Outcome>) {}

  ask(ids: readonly string[], item: Item): Promise<Outcome> {
    const waiting: Waiting<Item, Outcome> = {
      ...{ item, asItself: AsyncLocalStorage.snapshot(), span: trace.getActiveSpan() },
      settle: Promise.withResolvers<Outcome>(),
    };
    const common = JSON.stringify([writtenFor(), ...[...ids].sort()]);
    const others = this.open.get(common);
    if (others && others.length < this.options.most) others.push(waiting);
    else void this.takeTurn(ids, common, [waiting]);
    return waiting.settle.promise;
  }

  /** Never rejects: those who asked hear of it. */
  private async takeTurn(ids: readonly string[], common: string, all: Waiting<Item, Outcome>[]): Promise<void> {
    this.open.set(common, all);
    try {
      const outcomes = await this.options.turns.inTurn([...ids], () => {
        if (this.open.get(common) === all) this.open.delete(common);
        const lead = all.find(({ span }) => span?.isRecording()) ?? all[0];
        nameSharing(all, lead);
        return (lead as Asked<Item>).asItself(() => this.options.carryOut(all));
      });
      for (const [i, { settle }] of all.entries()) settle.resolve(outcomes[i] as Outcome);
    } catch (failure) {
      for (const { settle } of all) settle.reject(failure);
    }
  }
}

/** The statements are in the trace of the first that is recorded; those of the others lead to it. */
function nameSharing(all: readonly { span: Span | undefined }[], lead: { span: Span | undefined } | undefined): void {
  if (all.length === 1) return;
  for (const one of all) {
    one.span?.setAttribute(ATTRIBUTES.turnSharedBy, all.length);
    if (lead?.span && one !== lead) one.span?.addLink({ context: lead.span.spanContext() });
  }
}
