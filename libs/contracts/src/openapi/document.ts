import { z } from 'zod';
import { consistencyAnswerHeaders, consistencyParameters } from '../consistency-headers.ts';
import { PROBLEM_MEDIA_TYPE, PROBLEMS, type ProblemName, problemTypeUri } from '../problem.ts';
import { SCHEMAS } from './named-schemas.ts';
import type { Operation, Parameters } from './operation.ts';
import { type ApiService, OPERATIONS } from './operations.ts';

/**
 * OpenAPI 3.1 documents out of the contracts themselves, so that what is described is what is checked. 3.1 takes JSON
 * Schema 2020-12 as it is, which is what zod writes.
 */
export interface OpenApiDocument {
  openapi: '3.1.1';
  info: { title: string; version: string; description: string };
  paths: Record<string, Record<string, unknown>>;
  components: { schemas: Record<string, unknown> };
}

const problemSchema = {
  type: 'object',
  description: 'RFC 9457 problem details. Programs switch on `type`; `detail` is for people.',
  required: ['type', 'title', 'status'],
  properties: {
    type: { type: 'string', enum: Object.keys(PROBLEMS).map((name) => problemTypeUri(name as ProblemName)) },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    traceId: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'detail'],
        properties: { pointer: { type: 'string' }, detail: { type: 'string' } },
      },
    },
  },
};

/** What can go wrong with any request, so that the table need not say it each time. */
const ALWAYS: ProblemName[] = ['internal-error', 'service-unavailable'];
const WITH_BODY: ProblemName[] = ['malformed-request', 'payload-too-large', 'unsupported-media-type'];
const WITH_INPUT: ProblemName[] = ['invalid-request'];
const WITH_CONSISTENCY: ProblemName[] = ['invalid-request', 'consistency-unavailable'];

const FENCED: ProblemName[] = ['stale-epoch', 'region-not-serving', 'region-not-writable'];

/** `publicOnly` leaves out what a service answers inside its region only: what the edge does not route. */
export function openApiOf(service: ApiService, { publicOnly = false } = {}): OpenApiDocument {
  const paths: OpenApiDocument['paths'] = {};
  const used = new Set<string>();
  for (const operation of OPERATIONS[service]) {
    if (publicOnly && operation.internal) continue;
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(service, operation) };
    for (const name of [operation.body, ...Object.values(operation.answers).map((a) => a.schema)])
      if (name) used.add(name);
  }
  const schemas = [...used].sort().map((name) => [name, jsonSchemaOf(SCHEMAS[name as keyof typeof SCHEMAS])]);
  return {
    openapi: '3.1.1',
    info: {
      title: `Meridian ${service}`,
      version: '1.0.0',
      description: `The ${service} service of one region.`,
    },
    paths,
    components: { schemas: { ...Object.fromEntries(schemas), Problem: problemSchema } },
  };
}

function describe(service: ApiService, operation: Operation) {
  return {
    tags: [service],
    summary: operation.summary,
    ...(operation.internal && { 'x-internal': true }),
    parameters: [
      ...parametersIn('path', operation.pathParameters ?? {}),
      ...parametersIn('query', operation.query ?? {}),
      ...parametersIn('header', operation.headers ?? {}),
      ...(operation.forOperators ? [] : parametersIn('header', consistencyParameters)),
    ],
    ...(operation.body && {
      requestBody: { required: true, content: { 'application/json': { schema: reference(operation.body) } } },
    }),
    responses: { ...answersOf(operation), ...problemsOf(operation) },
  };
}

function parametersIn(place: 'path' | 'query' | 'header', parameters: Parameters) {
  return Object.entries(parameters).map(([name, schema]) => ({
    name,
    in: place,
    required: !schema.safeParse(undefined).success,
    schema: jsonSchemaOf(schema),
  }));
}

function answersOf({ answers, forOperators }: Operation) {
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema, headers: own }]) => {
      const headers = Object.entries({ ...own, ...(!forOperators && consistencyAnswerHeaders) });
      return [
        status,
        {
          description,
          ...(headers.length > 0 && {
            headers: Object.fromEntries(
              headers.map(([name, text]) => [name, { description: text, schema: { type: 'string' } }]),
            ),
          }),
          ...(schema && { content: { 'application/json': { schema: reference(schema) } } }),
        },
      ];
    }),
  );
}

/** One response per status; several problems of one status are told apart by `type`, which the text lists. */
function problemsOf(operation: Operation) {
  const takesInput = operation.body ?? operation.pathParameters ?? operation.query;
  const names = [
    ...(takesInput ? WITH_INPUT : []),
    ...(operation.body ? WITH_BODY : []),
    ...(operation.forOperators ? [] : WITH_CONSISTENCY),
    ...(operation.forOperators ? [] : FENCED),
    ...operation.problems,
    ...ALWAYS,
  ];
  const responses: Record<string, { description: string; content: unknown }> = {};
  for (const name of new Set(names)) {
    const { status, title } = PROBLEMS[name];
    const known = responses[status];
    responses[status] = {
      description: `${known ? `${known.description} · ` : ''}\`${name}\`: ${title}`,
      content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
    };
  }
  return responses;
}

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

function jsonSchemaOf(schema: z.ZodType): unknown {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
  return rest;
}
