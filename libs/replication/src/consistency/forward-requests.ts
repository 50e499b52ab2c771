import { type ConsistencyLevel, encodeToken, isEmptyToken, type Token } from '@meridian/consistency';
import { HEADERS } from '@meridian/contracts';
import type { Epochs } from '@meridian/fencing';
import type { Hlc } from '@meridian/hlc';
import { createForwarder, type Forwarder } from '@meridian/region-client';
import { ProblemError } from '@meridian/service-kit';
import type { ConsistencyRequest } from './operation-scopes.ts';

/** What another region answered: this region's answer, as it is. */
export interface ForwardedAnswer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/**
 * For all regions together. With the wait before it, a read is answered within 2 s, which is how long the edge waits for
 * a first region before it tries another one.
 */
const READ_WITHIN_MS = 900;
/** The others must get their turn when the first one is a black hole. */
const SHARE_OF_THE_FIRST = 2 / 3;
const WRITE_WITHIN_MS = 3_000;
/** Of one connection, or written anew. */
const NOT_HANDED_ON = new Set([
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'traceparent',
  'transfer-encoding',
]);

/** Lets the same service of another region answer a request, over the links between the regions. */
export class ForwardRequests {
  private readonly forwarders = new Map<string, Forwarder>();

  constructor(
    private readonly here: string,
    /** Where the same service of another region is reached from here. */
    private readonly urlIn: (region: string) => string,
    /** The epoch under which it is handed on: the newest known here, and not that of whoever sent it here. */
    private readonly carry: Pick<Epochs['carry'], 'headers'>,
  ) {}

  /**
   * The answer of the first of these regions that gives one. Undefined when none can. A 503 of one is a reason to ask the
   * next: it has refused for the same reason as this region. Throws when it is not known whether a write took effect.
   */
  async toFirstOf(
    regions: readonly string[],
    request: ConsistencyRequest,
    { level, token, movedAt }: { level: ConsistencyLevel; token: Token; movedAt?: Hlc | undefined },
  ): Promise<ForwardedAnswer | undefined> {
    const { method, url, route, body, operation } = request;
    const withinMs = operation.isWrite ? WRITE_WITHIN_MS : READ_WITHIN_MS;
    const startedMs = performance.now();
    const handedOn = {
      ...headersOf(request),
      [HEADERS.consistency]: level,
      [HEADERS.forwardedBy]: this.here,
      ...(movedAt !== undefined && { [HEADERS.homeMoved]: movedAt }),
      ...this.carry.headers(),
      ...(!isEmptyToken(token) && { [HEADERS.token]: encodeToken(token) }),
    };
    for (const [i, region] of regions.entries()) {
      const leftMs = withinMs - (performance.now() - startedMs);
      if (leftMs <= 0) return undefined;
      const outcome = await this.forwarderTo(region).forward({
        ...{ method, path: url, route, headers: handedOn },
        body: body === undefined || body === null ? undefined : JSON.stringify(body),
        timeoutMs: i < regions.length - 1 ? leftMs * SHARE_OF_THE_FIRST : leftMs,
      });
      if (outcome.ok && (outcome.status !== 503 || i === regions.length - 1))
        return { status: outcome.status, headers: answerHeaders(outcome.headers), body: outcome.body };
      if (!outcome.ok && outcome.why !== 'unreached' && !operation.repeatable)
        throw new ProblemError(outcome.why === 'timeout' ? 'upstream-timeout' : 'upstream-error', {
          detail: `${region} gave no answer; it is not known whether the request took effect.`,
        });
    }
    return undefined;
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.forwarders.values()].map((forwarder) => forwarder.close()));
  }

  private forwarderTo(region: string): Forwarder {
    const known = this.forwarders.get(region);
    if (known) return known;
    const forwarder = createForwarder({ baseUrl: this.urlIn(region), region });
    this.forwarders.set(region, forwarder);
    return forwarder;
  }
}

function headersOf({ headers }: ConsistencyRequest): Record<string, string> {
  const kept = Object.entries(headers).filter(([name, value]) => value !== undefined && !NOT_HANDED_ON.has(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}

function answerHeaders(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  return headersOf({ headers } as ConsistencyRequest);
}
