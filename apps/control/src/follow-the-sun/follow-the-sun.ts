import { primaryOf, sunSuccessor } from '@meridian/regions';
import { ProblemError, ServiceContext } from '@meridian/service-kit';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ControlConfig } from '../control.config.ts';
import { CarryOutCommand } from '../decide/carry-out-command.ts';
import { type Repetition, repeat } from '../repeat.ts';
import { KnownTable } from '../routing-table/known-table.ts';
import { Lease } from '../services/lease.ts';

const EVERY_MS = 1_000;

/**
 * In follow-the-sun the primary hands over when the day has gone on to another region. The primary's own control asks for
 * it, and nobody's terminal has to stay open: of all it alone is sure to be there while there is something to hand over,
 * and a hand-over is with the consent of who gives up. One that has no lease yet has just been handed it, or is cut off;
 * it hands over nothing. Each is an epoch like any other, on top of the table that was looked at.
 */
@Injectable()
export class FollowTheSun implements OnApplicationBootstrap, OnModuleDestroy {
  #repetition: Repetition | undefined;

  constructor(
    private readonly config: ControlConfig,
    private readonly known: KnownTable,
    private readonly lease: Lease,
    private readonly commands: CarryOutCommand,
    private readonly context: ServiceContext,
  ) {}

  onApplicationBootstrap(): void {
    this.#repetition = repeat({
      work: () => this.#look(Date.now()),
      failed: (failure) => this.#say(failure),
      everyMs: () => EVERY_MS,
    });
  }

  async #look(now: number): Promise<void> {
    const { table } = this.known;
    if (primaryOf(table) !== this.config.region || this.lease.leftMs(table.epoch) === null) return;
    const to = sunSuccessor(table, this.config.topology, now);
    if (to !== undefined) await this.commands.carryOut({ kind: 'hand-over', to }, table.epoch);
  }

  /** Refused, or nobody to decide: a second later it is looked anew. */
  #say(failure: unknown): void {
    if (failure instanceof ProblemError)
      this.context.logger.warn({ why: failure.message }, 'the sun has gone on, and the primary could not');
    else this.context.logger.error({ err: failure }, 'following the sun failed; it is tried again');
  }

  async onModuleDestroy(): Promise<void> {
    await this.#repetition?.stop();
  }
}
