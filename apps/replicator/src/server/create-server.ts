import { PROBLEM_MEDIA_TYPE, type ProblemName, problem } from '@meridian/contracts';
import { type FastifyError, type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import type { CopyStatus, RunningCopy } from '../engine/replication-engine.ts';

export interface ServerParts {
  region: string;
  /** The name of the engine. */
  engine: string;
  /** By the region that they come from. */
  copies: ReadonlyMap<string, Pick<RunningCopy, 'status'>>;
  isDraining(): boolean;
}

/** What the replicator says of itself over HTTP. Nothing can be changed there. */
export function createServer({ region, engine, copies, isDraining }: ServerParts): FastifyInstance {
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

  app.setNotFoundHandler((request, reply) =>
    send(reply, 'not-found', request.url, 'The replicator has /lag, /health/live and /health/ready.'),
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

function refuse(reply: FastifyReply, { statusCode = 500, message }: FastifyError, instance: string) {
  return statusCode < 500
    ? send(reply, 'malformed-request', instance, message)
    : send(reply, 'internal-error', instance);
}

function send(reply: FastifyReply, name: ProblemName, instance: string, detail?: string) {
  const body = problem(name, { instance, ...(detail === undefined ? {} : { detail }) });
  return reply.code(body.status).type(PROBLEM_MEDIA_TYPE).send(body);
}
