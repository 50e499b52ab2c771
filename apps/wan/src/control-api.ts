import { PROBLEM_MEDIA_TYPE, type Problem, type ProblemName, problem } from '@meridian/contracts';
import { jsonPointer } from '@meridian/service-kit/process';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify';
import type { z } from 'zod';
import { controlContract } from './control-contract.ts';
import { betweenPlaces } from './faults/fault-board.ts';
import type { Link } from './link.ts';
import { bytesByPurpose, flowsOf, type LinkMeter } from './meters.ts';
import type { Wan } from './wan.ts';

export interface ControlApiOptions {
  wan: Wan;
  /** Told of every change, as a sentence's worth of fields. */
  log?: (fields: object, message: string) => void;
}

/** The HTTP interface by which the runner, the CLI, tests and drills see the links and break them. See README.md. */
export function createControlApi({ wan, log = () => {} }: ControlApiOptions): FastifyInstance {
  const app = Fastify({ bodyLimit: 64 * 1024, forceCloseConnections: true });
  const wanLinks = wan.links.map((l) => l.wanLink);
  const contract = controlContract(wan.topology, wanLinks);

  // Some clients name a media type even for a DELETE that has no body.
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parseJson(request, String(body), done);
  });

  app.get('/health/live', () => ({ status: 'ok' }));
  app.get('/health/ready', () => ({ status: 'ok', links: wan.links.length }));

  app.get('/links', () => wan.links.map(linkState));
  app.get('/meters', () => {
    const links = wan.links.map(linkMeter);
    return { links, flows: flowsOf(links), byPurpose: bytesByPurpose(links) };
  });
  app.get('/profile', () => ({ name: wan.profile, profiles: Object.keys(wan.topology.profiles) }));
  app.get('/faults', () => wan.faults.list());

  app.post('/faults', (request, reply) => {
    const fault = wan.faults.add(parse(contract.fault, request.body));
    log({ fault }, 'a fault was put on the links');
    return reply.code(201).send(fault);
  });
  app.delete('/faults', (request) => {
    const { between, region } = parse(contract.healQuery, request.query);
    const healed = wan.faults.heal((fault) => {
      if (between) return betweenPlaces(wanLinks, ...between)(fault);
      if (region) return fault.kind === 'isolate' && fault.region === region;
      return true;
    });
    log({ healed }, 'faults were healed');
    return { healed };
  });
  app.delete<{ Params: { id: string } }>('/faults/:id', (request, reply) => {
    const healed = wan.faults.heal((fault) => fault.id === request.params.id);
    if (healed.length === 0) return send(reply, 'not-found', request.url, `There is no fault "${request.params.id}".`);
    log({ healed }, 'a fault was healed');
    return { healed };
  });

  app.put('/delay', (request) => {
    const { between, link, delayMs } = parse(contract.delay, request.body);
    const changed = wan.setDelay(
      (l) => l.id === link || (between?.includes(l.from) === true && between.includes(l.to)),
      delayMs,
    );
    log({ links: changed.map((l) => l.wanLink.id), delayMs }, 'the delay of links was set');
    return changed.map(linkState);
  });
  app.put('/profile', (request) => {
    const { name } = parse(contract.profile, request.body);
    wan.setProfile(name);
    log({ profile: name }, 'the profile was set');
    return wan.links.map(linkState);
  });

  app.setNotFoundHandler((request, reply) => send(reply, 'not-found', request.url));
  app.setErrorHandler((error: FastifyError | InvalidRequest, request, reply) => {
    if (error instanceof InvalidRequest)
      return reply
        .code(error.problem.status)
        .type(PROBLEM_MEDIA_TYPE)
        .send({ ...error.problem, instance: request.url });
    const name = PROBLEM_BY_STATUS[error.statusCode ?? 500] ?? 'internal-error';
    if (name === 'internal-error') log({ err: error }, 'a request to the control API failed');
    return send(reply, name, request.url, name === 'internal-error' ? undefined : error.message);
  });
  return app;
}

const PROBLEM_BY_STATUS: Record<number, ProblemName> = {
  400: 'malformed-request',
  413: 'payload-too-large',
  415: 'unsupported-media-type',
};

function linkMeter({ wanLink, there, back }: Link): LinkMeter {
  const { id, from, to, purpose } = wanLink;
  return { id, from, to, purpose, bytesOut: there.crossedBytes, bytesIn: back.crossedBytes };
}

function linkState(link: Link) {
  const { reset, blockedThere, blockedBack } = link.effect;
  return {
    ...linkMeter(link),
    ...link.settings,
    fault: reset ? 'reset' : blockedThere || blockedBack ? 'black-hole' : null,
    /** Which ways are blocked: both, or one in a one-way partition. */
    blocked: { there: blockedThere, back: blockedBack },
    connections: link.connections,
    heldBytes: link.heldBytes,
  };
}

class InvalidRequest extends Error {
  readonly problem: Problem;

  constructor(error: z.ZodError) {
    super('invalid request');
    this.problem = problem('invalid-request', {
      errors: error.issues.map((issue) => ({
        pointer: jsonPointer(issue.path),
        detail: issue.message,
      })),
    });
  }
}

function parse<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const result = schema.safeParse(value);
  if (!result.success) throw new InvalidRequest(result.error);
  return result.data;
}

function send(reply: FastifyReply, name: ProblemName, instance: string, detail?: string) {
  const body = problem(name, { instance, ...(detail === undefined ? {} : { detail }) });
  return reply.code(body.status).type(PROBLEM_MEDIA_TYPE).send(body);
}
