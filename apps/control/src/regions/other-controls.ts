import {
  acceptorAnswer,
  type ConfirmationResponse,
  type ControlStatusResponse,
  confirmationResponse,
  controlStatusResponse,
  type Proposal,
  routingTableResponse,
} from '@meridian/contracts';
import type { AcceptorReply, Request } from '@meridian/epochs';
import { createRegionClient, type RegionClient } from '@meridian/region-client';
import type { RegionId } from '@meridian/regions';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { z } from 'zod';
import { ControlConfig } from '../control.config.ts';

/** Between the two regions furthest apart a new connection and an answer take some 700 ms. */
const TIMEOUT_MS = 2_000;
/** Looks at the primary are a second apart, over a connection that is kept. */
const LOOK_TIMEOUT_MS = 1_000;

/** The controls of the other regions, over their links. What does not answer, or not rightly, is `undefined`. */
@Injectable()
export class OtherControls implements OnModuleDestroy {
  readonly regions: readonly RegionId[];
  readonly #clients: ReadonlyMap<RegionId, RegionClient>;
  readonly #looking: ReadonlyMap<RegionId, RegionClient>;

  constructor(config: ControlConfig) {
    this.regions = config.otherRegions;
    const clients = (timeoutMs: number) =>
      new Map(
        config.otherRegions.map((region) => [
          region,
          createRegionClient({ baseUrl: config.controlUrlIn(region), region, timeoutMs }),
        ]),
      );
    this.#clients = clients(TIMEOUT_MS);
    this.#looking = clients(LOOK_TIMEOUT_MS);
  }

  /** A vote, which is the same however often it is asked for. */
  ask(region: RegionId, epoch: number, request: Request<Proposal>): Promise<AcceptorReply<Proposal> | undefined> {
    const { ballot } = request;
    const body = request.kind === 'prepare' ? { ballot } : { ballot, proposal: request.value };
    return this.#call(region, 'POST', `/epochs/${epoch}/${request.kind}`, acceptorAnswer, body);
  }

  async tellDecided(region: RegionId, decided: Proposal): Promise<void> {
    await this.#call(region, 'POST', `/epochs/${decided.table.epoch}/decided`, z.unknown(), { proposal: decided });
  }

  confirm(region: RegionId, epoch: number): Promise<ConfirmationResponse | undefined> {
    return this.#call(region, 'GET', `/epochs/${epoch}/confirmation`, confirmationResponse);
  }

  async newest(region: RegionId): Promise<Proposal | undefined> {
    const told = await this.#call(region, 'GET', '/routing-table', routingTableResponse);
    return told?.proposal ? { ...told.proposal, table: told.table } : undefined;
  }

  status(region: RegionId): Promise<ControlStatusResponse | undefined> {
    return this.#call(region, 'GET', '/status', controlStatusResponse);
  }

  /** The same, for who looks every second: what takes longer than that is missed. */
  async look(region: RegionId): Promise<ControlStatusResponse | undefined> {
    const call = { method: 'GET', path: '/status', responseSchema: controlStatusResponse } as const;
    const outcome = await this.#looking.get(region)?.call(call);
    return outcome?.ok ? outcome.body : undefined;
  }

  async #call<Schema extends z.ZodType>(
    region: RegionId,
    method: 'GET' | 'POST',
    path: string,
    responseSchema: Schema,
    body?: unknown,
  ): Promise<z.output<Schema> | undefined> {
    const route = path.replace(/\/epochs\/\d+/, '/epochs/{epoch}');
    const outcome = await this.#clients
      .get(region)
      ?.call({ method, path, route, responseSchema, repeatable: true, ...(body !== undefined && { body }) });
    return outcome?.ok ? outcome.body : undefined;
  }

  async onModuleDestroy(): Promise<void> {
    const all = [...this.#clients.values(), ...this.#looking.values()];
    await Promise.all(all.map((client) => client.close()));
  }
}
