import { setTimeout as pause } from 'node:timers/promises';
import type { RebuildReport } from '@meridian/contracts';
import { forgetSource, raiseWatermark, readInboxState } from '@meridian/inbox';
import { advanceOutbox, advanceTransactions } from '@meridian/outbox';
import { type RegionId, SERVICE_NAMES, type ServiceName } from '@meridian/regions';
import type { Logger } from 'pino';
import { readDigest } from '../state-digest.ts';
import { countChanged, differingFrom } from './find-lacking.ts';
import { markJoined, readJoined } from './joined.ts';
import { type KnownOfHere, knownOf } from './known-of-here.ts';
import { RebuildProgress } from './rebuild-progress.ts';
import type { SourceRegion } from './source-region.ts';
import { snapshotSource, type TakeStates, takeStates } from './take-states.ts';

export interface RebuildOptions extends TakeStates {
  service: ServiceName;
  region: RegionId;
  /** False where a database without data is taken for a new one: in tests of a service alone. */
  required: boolean;
  /** The other regions. */
  sources: readonly SourceRegion[];
  /** The services whose events this one takes, its own among them. */
  consumed: readonly ServiceName[];
  /** What the service does when all is here and before it serves; says what a person should know. */
  finish(known: Pick<KnownOfHere, 'wasHeard'>): Promise<string[]>;
  logger: Logger;
}

const AGAIN_MS = 250;
const PAGE = 200;
/** While the others go on writing there is always something on its way; what a comparison finds, it joins. */
const COMPARISONS = 5;

/**
 * How a service whose database is new gets its data from the other regions, and does not serve before.
 *
 * The problem is not the copying. A region with an empty disk does not know what it has said: it would number its events
 * from 1 again, which others take for repetitions; count its transactions from the beginning, so that others take a new
 * write for one that they have applied; and spend rights that it has spent. So it first asks **every** other region what
 * that has of it, and waits until none has anything of it unread. Only then does it number on, take their states, and
 * take up the stream of their events.
 *
 * Why no positions have to be moved: this region's replicator had committed at each origin what its lost cluster had
 * acknowledged. An event before that position was committed there before it was published, so a state that is read now
 * has it; the events behind it come as ever. Why whole states and not the logs from their beginning: logs keep some days.
 *
 * It only joins, and tells nobody anything; nothing can be deleted by it. A rebuild that breaks off begins anew.
 *
 * Limits: it needs every other region once. What this region had written and no other has is lost; what it had promised
 * to others in tables of its own is put together again by `finish`, as far as that can be.
 */
export class Rebuild {
  readonly progress = new RebuildProgress();
  readonly #options: RebuildOptions;
  readonly #closed = new AbortController();
  readonly #mayBegin = Promise.withResolvers<void>();
  #running: Promise<void> | undefined;

  constructor(options: RebuildOptions) {
    this.#options = options;
    // Who does not wait for it is not to end by it.
    this.#mayBegin.promise.catch(() => undefined);
    if (!options.required) {
      this.progress.begin('joined');
      this.#mayBegin.resolve();
    }
  }

  /** Resolves when events may be published and consumed. Rejects when the service is closed before. */
  untilNumbered(): Promise<void> {
    return this.#mayBegin.promise;
  }

  onApplicationBootstrap(): void {
    if (!this.#options.required) return;
    this.#running = this.#run().catch((failure: Error) => {
      if (!this.#closed.signal.aborted) this.#options.logger.error({ err: failure }, 'the rebuild has ended');
      this.#mayBegin.reject(failure);
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.#closed.abort(new Error('the service is being closed'));
    this.#mayBegin.reject(this.#closed.signal.reason);
    await this.#running;
    await Promise.all(this.#options.sources.map((source) => source.close()));
  }

  async #run(): Promise<void> {
    const { pool, logger } = this.#options;
    const joined = await this.#again(() => readJoined(pool));
    this.progress.report = joined?.report ?? null;
    if (!joined) {
      this.progress.begin('hearing');
      const known = await this.#again(() => this.#hear());
      if (known.isNothing) {
        // A heartbeat may have promised a number without any event behind it.
        await this.#again(() => advanceTransactions(pool, known.horizon));
        await this.#again(() => markJoined(pool, null));
      } else {
        logger.warn({ known: known.lastSequences }, 'the database is new, and others know this region: it is rebuilt');
        await this.#rebuild(known);
      }
    }
    this.progress.begin('joined');
    this.#mayBegin.resolve();
  }

  async #rebuild(known: KnownOfHere): Promise<void> {
    const { pool, table, service, sources, logger } = this.#options;
    // What it waited before this says nothing of the work.
    const startedMs = performance.now();
    this.progress.expected = known.aggregates;
    this.progress.begin('numbering');
    await this.#again(() => this.#number(known));
    this.progress.begin('taking');
    await this.#again(() => this.#takeAll());
    for (const { region } of sources) await this.#again(() => forgetSource(pool, snapshotSource(region, service)));
    this.progress.begin('catching-up');
    this.#mayBegin.resolve();
    await this.#again(() => this.#catchUp());
    this.progress.begin('comparing');
    await this.#again(() => this.#compare());
    for (const { region } of sources) await this.#again(() => forgetSource(pool, snapshotSource(region, service)));
    const notes = await this.#again(() => this.#options.finish(known));
    const { aggregates } = await this.#again(() => readDigest(pool, table));
    const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
    const report: RebuildReport = { seconds, aggregates, knownSequences: known.lastSequences, notes };
    await this.#again(() => markJoined(pool, report));
    this.progress.report = report;
    logger.warn(report, 'the service has its data again');
  }

  /** What the others have of this region. Throws until all have said so and none has anything of it unread. */
  async #hear(): Promise<KnownOfHere> {
    const { region, sources } = this.#options;
    const answers = await Promise.all(sources.map((source) => source.heardOf(region, SERVICE_NAMES)));
    return knownOf(this.#options.service, answers.flat());
  }

  async #number({ lastSequences, horizon, heard }: KnownOfHere): Promise<void> {
    const { pool, region, service, consumed, logger } = this.#options;
    const last = (of: string) => lastSequences[`/${region}/${of}`] ?? 0;
    await advanceOutbox(pool, last(service));
    const numbers = await advanceTransactions(pool, horizon);
    // Read before the states are: whatever was published by then is in them.
    for (const one of consumed) {
      for (const source of heard.filter((answer) => answer.service === one))
        await raiseWatermark(pool, { source: `/${source.region}/${one}`, sequence: source.publishedSequence });
      // What this region did on events of its own is in its lost tables; their states are elsewhere.
      if (one !== service) await raiseWatermark(pool, { source: `/${region}/${one}`, sequence: last(one) });
    }
    logger.info({ sequence: last(service), horizon, numbers }, 'events and transactions are numbered on from here');
  }

  /** All of the first source, and of the others what is not the same there. */
  async #takeAll(): Promise<void> {
    const [first, ...others] = this.#options.sources;
    this.progress.taken = 0;
    if (first) await this.#takeEvery(first);
    for (const source of others) await this.#takeDiffering(source);
  }

  async #takeEvery(source: SourceRegion): Promise<void> {
    let after: string | undefined;
    let page = source.states(after, PAGE);
    do {
      const { items, next } = await page;
      after = next ?? undefined;
      // The next page travels while this one is joined.
      if (after !== undefined) page = source.states(after, PAGE);
      page.catch(() => undefined);
      await takeStates(this.#options, source.region, items);
      this.progress.taken += items.length;
      this.#closed.signal.throwIfAborted();
    } while (after !== undefined);
  }

  /** How many were new here, or said something new. */
  async #takeDiffering(source: SourceRegion): Promise<number> {
    const { pool, table } = this.#options;
    let changed = 0;
    for await (const differing of differingFrom(source, pool, table))
      for (let i = 0; i < differing.length; i += PAGE) {
        const some = differing.slice(i, i + PAGE);
        await takeStates(this.#options, source.region, await source.statesOf(some.map(({ id }) => id)));
        changed += await countChanged(pool, table, some);
        this.#closed.signal.throwIfAborted();
      }
    return changed;
  }

  /** Until the events of all others are applied up to where they were when this was first asked. */
  async #catchUp(): Promise<void> {
    const { pool, region, sources, consumed } = this.#options;
    const targets = await Promise.all(sources.map((source) => source.publishedBy(consumed, region)));
    for (;;) {
      const state = new Map((await readInboxState(pool)).map((one) => [one.source, one.appliedUpTo]));
      const behind = sources.flatMap(({ region: from }, i) =>
        consumed
          .filter((one) => (state.get(`/${from}/${one}`) ?? 0) < (targets[i]?.get(one) ?? 0))
          .map((one) => `${from}/${one}`),
      );
      if (behind.length === 0) return;
      this.progress.waitingFor = `events of ${behind.join(', ')} are on their way`;
      await pause(AGAIN_MS, undefined, { signal: this.#closed.signal });
    }
  }

  async #compare(): Promise<void> {
    for (let comparison = 1; comparison <= COMPARISONS; comparison += 1) {
      let changed = 0;
      for (const source of this.#options.sources) changed += await this.#takeDiffering(source);
      if (changed === 0) return;
    }
  }

  /** Tries until it succeeds: what fails is another region, a link or the database, and none of it is for ever. */
  async #again<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      this.#closed.signal.throwIfAborted();
      try {
        const done = await work();
        this.progress.waitingFor = undefined;
        return done;
      } catch (failure) {
        const why = failure instanceof Error ? failure.message : String(failure);
        const { phase, waitingFor } = this.progress;
        if (waitingFor !== why && !this.#closed.signal.aborted)
          this.#options.logger.info({ phase, why }, 'the rebuild waits');
        this.progress.waitingFor = why;
        await pause(AGAIN_MS, undefined, { signal: this.#closed.signal });
      }
    }
  }
}
