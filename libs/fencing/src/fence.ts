import { HEADERS } from '@meridian/contracts';
import { ProblemError } from '@meridian/service-kit';
import { Injectable } from '@nestjs/common';
import { Epochs } from './epochs.ts';
import type { FencedKind } from './fenced-operations.ts';
import type { KnownEpoch } from './known-epoch.ts';
import { type Asking, type FenceRefusal, type MayServe, mayServePeer, mayTakeRead, mayTakeWrite } from './may-serve.ts';
import { notToldYet, refusalProblem, refusedByFence } from './refusal-problem.ts';

/** A request of a newer epoch waits so long for control to tell of it; who sent it waits as well. */
const CATCH_UP_MS = 500;

const MAY: Record<FencedKind, (known: KnownEpoch, asking: Asking) => MayServe> = {
  read: mayTakeRead,
  write: mayTakeWrite,
  peer: mayServePeer,
};

/** Lets a request in, or says why not. */
@Injectable()
export class Fence {
  constructor(private readonly epochs: Epochs) {}

  /** Undefined, at once, for who is let in: mostly so. Rejects with a ProblemError for who is not. */
  admit(kind: FencedKind, header: unknown): Promise<void> | undefined {
    const epoch = epochOf(header);
    const may = this.ask(kind, epoch);
    if (may.ok && this.epochs.isCurrent) return undefined;
    return this.catchUp(kind, epoch, may);
  }

  /** Why a commit was refused for which its request had been let in. */
  async refusalOfCommit(kind: FencedKind): Promise<ProblemError> {
    // Another process of this service may have been told what this one was not.
    await this.epochs.reload();
    const may = this.ask(kind, undefined);
    if (!may.ok) return this.refusal(may);
    const detail = `${this.epochs.region} was not allowed to commit it when it was to be committed.`;
    return new ProblemError('region-not-writable', { detail }, refusedByFence(this.epochs.table.epoch));
  }

  /** A refusal of a fence further in (an order's stock, say) is one of this region, in which nothing was done either. */
  asOwn(refusal: ProblemError): ProblemError {
    const { problem, members, headers } = refusal;
    if (problem !== 'region-not-writable' || 'retry-after' in headers) return refusal;
    return new ProblemError(problem, members, refusedByFence(this.epochs.table.epoch), { cause: refusal });
  }

  private async catchUp(kind: FencedKind, epoch: number | undefined, first: MayServe): Promise<void> {
    let may = first;
    if (!may.ok && may.reason === 'EpochNotKnown' && (await this.epochs.untilKnown(may.epoch, CATCH_UP_MS)))
      may = this.ask(kind, epoch);
    if (!may.ok) throw this.refusal(may);
    if (!this.epochs.isCurrent) throw notToldYet(this.epochs.region, this.epochs.table.epoch);
  }

  private refusal(may: FenceRefusal): ProblemError {
    return refusalProblem(this.epochs.region, may, this.epochs.table.epoch);
  }

  private ask(kind: FencedKind, epoch: number | undefined): MayServe {
    const { region, known, isHeeding, nowMs } = this.epochs;
    return MAY[kind](known, { region, epoch: isHeeding ? epoch : undefined, nowMs: nowMs() });
  }
}

/** The edge lets no client send it, so what cannot be read is a fault of ours and not to be guessed at. */
function epochOf(header: unknown): number | undefined {
  if (header === undefined) return undefined;
  const text = String(header);
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const errors = [{ pointer: `/headers/${HEADERS.epoch}`, detail: 'It is no epoch.' }];
  throw new ProblemError('invalid-request', { errors });
}
