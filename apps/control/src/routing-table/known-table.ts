import { EventEmitter, once } from 'node:events';
import type { Proposal } from '@meridian/contracts';
import { firstRoutingTable, type RoutingTable } from '@meridian/regions';
import { Health, ProblemError } from '@meridian/service-kit';
import { Injectable } from '@nestjs/common';
import { ControlConfig } from '../control.config.ts';
import { DecidedStore } from '../persistence/decided-store.ts';

/** The newest decided table that this process knows of. It is read from memory and is in the database before that. */
@Injectable()
export class KnownTable {
  readonly first: RoutingTable;
  #newest: Proposal | undefined;
  #isRead = false;
  readonly #news = new EventEmitter<{ news: [] }>().setMaxListeners(0);

  constructor(
    { allRegions }: ControlConfig,
    private readonly decided: DecidedStore,
    private readonly health: Health,
  ) {
    this.first = firstRoutingTable(allRegions);
    health.register({ name: 'routing table', waitingFor: () => (this.#isRead ? undefined : 'not read yet') });
  }

  get table(): RoutingTable {
    return this.#newest?.table ?? this.first;
  }

  get proposal(): { id: string; by: string } | null {
    return this.#newest ? { id: this.#newest.id, by: this.#newest.by } : null;
  }

  /** What another process of this region, or this one before it was started again, has noted. */
  async read(): Promise<void> {
    const newest = await this.decided.newest();
    this.#isRead = true;
    if (newest) this.#take(newest);
  }

  mustBeRead(): void {
    if (this.#isRead) return;
    const detail = 'The routing table has not been read yet.';
    throw new ProblemError('service-unavailable', { detail }, { 'retry-after': '1' });
  }

  async learn(decided: Proposal): Promise<void> {
    await this.decided.note(decided);
    this.#take(decided);
  }

  /** `listener` runs at once, in the trace of whoever told it. A listener is a part of the process and stays. */
  onNews(listener: () => void): void {
    this.#news.on('news', listener);
  }

  /** Resolves when a table newer than `epoch` is known: true; false when `waitMs` have passed, or the process ends. */
  async isNewerThan(epoch: number, waitMs: number): Promise<boolean> {
    const end = AbortSignal.any([AbortSignal.timeout(waitMs), this.health.drainSignal]);
    while (this.table.epoch <= epoch && !end.aborted)
      await once(this.#news, 'news', { signal: end }).catch(() => undefined);
    return this.table.epoch > epoch;
  }

  #take(decided: Proposal): void {
    if (decided.table.epoch <= this.table.epoch) return;
    this.#newest = decided;
    this.#news.emit('news');
  }
}
