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

/** The controls of the other regions, over their links. What does not answer, or not rightly, is `undefined`. */
@Injectable()
export class OtherControls implements OnModuleDestroy {
  readonly regions: readonly RegionId[];
  readonly #clients: ReadonlyMap<RegionId, RegionClient>;

  constructor(config: ControlConfig) {
    this.regions = config.otherRegions;
    this.#clients = new Map(
      config.otherRegions.map((region) => [
        region,
        createRegionClient({ baseUrl: config.controlUrlIn(region), region, timeoutMs: TIMEOUT_MS }),
      ]),
    );
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
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }
}
