import {
  PROBLEM_MEDIA_TYPE,
  type ProblemName,
  problem,
  type TranslateOffsetsRequest,
  translateOffsetsRequest,
} from '@meridian/contracts';
import { type FastifyError, type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import type { ZodError } from 'zod';
import type { CopyStatus, RunningCopy } from '../engine/replication-engine.ts';
import type { Translated } from '../translate-offsets/translate-group.ts';

export interface ServerParts {
  region: string;
  /** The name of the engine. */
  engine: string;
  /** By the region that they come from. */
  copies: ReadonlyMap<string, Pick<RunningCopy, 'status'>>;
  isDraining(): boolean;
  /** Of a group that moves here from a region that is copied. */
  translateOffsets(request: TranslateOffsetsRequest): Promise<Translated>;
}

/** What the replicator says of itself over HTTP, and the one thing that it does when it is asked to. */
export function createServer({ region, engine, copies, isDraining, translateOffsets }: ServerParts): FastifyInstance {
  const app = fastify({
    logger: false,
    forceCloseConnections: true,
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => refuse(reply, error, request.url),
  });

  app.get('/health/live', () => ({ status: 'live' }));
  app.get('/health/ready', (request, reply) => {
    const waitingFor = isDraining() ? 'nothing, it is draining' : missing(copies);
    if (waitingFor === undefined) return { status: 'ready' };
    reply.header('retry-after', '1');
    return send(reply, 'service-unavailable', request.url, `Waiting for ${waitingFor}.`);
  });
  app.get('/lag', () => ({
    region,
    engine,
    byOrigin: Object.fromEntries([...copies].map(([origin, copy]) => [origin, lagOf(copy.status())])),
  }));

  app.post('/offsets/translate', async (request, reply) => {
    const read = translateOffsetsRequest.safeParse(request.body);
    if (!read.success) return send(reply, 'invalid-request', request.url, sentenceOf(read.error));
    const { from } = read.data;
    if (!copies.has(from)) return send(reply, 'not-found', request.url, `Nothing is copied here from "${from}".`);
    try {
      const translated = await translateOffsets(read.data);
      if (translated.ok) return translated.translation;
      return send(reply, translated.problem, request.url, translated.detail);
    } catch (failure) {
      // What it needs is in two clusters, and one of them is away: not a fault of this process.
      const why = failure instanceof Error ? failure.message : String(failure);
      return send(reply, 'service-unavailable', request.url, `Nothing was translated: ${why}.`);
    }
  });

  app.setNotFoundHandler((request, reply) =>
    send(
      reply,
      'not-found',
      request.url,
      'The replicator has /lag, /health/live, /health/ready and POST /offsets/translate.',
    ),
  );
  app.setErrorHandler<FastifyError>((error, request, reply) => refuse(reply, error, request.url));
  return app;
}

/** Only the own region's cluster counts: while another region is away, this one's copies of the rest must go on. */
function missing(copies: ServerParts['copies']): string | undefined {
  const connected = [...copies.values()].every((copy) => copy.status().targetConnected);
  return connected ? undefined : 'kafka (not connected)';
}

function lagOf(status: CopyStatus) {
  return {
    behind: status.behind,
    connected: status.originConnected,
    topics: status.topics,
    copiedRecords: status.copiedRecords,
    copiedBytes: status.copiedBytes,
    lastCopiedAt: status.lastCopiedAt?.toISOString() ?? null,
    failing: status.failing,
  };
}

const sentenceOf = ({ issues }: ZodError): string =>
  `${issues.map(({ path, message }) => `/${path.map(String).join('/')}: ${message}`).join('; ')}.`;

function refuse(reply: FastifyReply, { statusCode = 500, message }: FastifyError, instance: string) {
  return statusCode < 500
    ? send(reply, 'malformed-request', instance, message)
    : send(reply, 'internal-error', instance);
}

function send(reply: FastifyReply, name: ProblemName, instance: string, detail?: string) {
  const body = problem(name, { instance, ...(detail === undefined ? {} : { detail }) });
  return reply.code(body.status).type(PROBLEM_MEDIA_TYPE).send(body);
}
