import { PROBLEM_MEDIA_TYPE, problem } from '@meridian/contracts';
import type { FastifyInstance } from 'fastify';
import { pathOf } from '../problems/send-problem.ts';
import type { ApiDescription } from './api-description.ts';
import { ReferencePage } from './reference-page.ts';

export function addDocsRoutes(app: FastifyInstance, description: ApiDescription): void {
  const page = new ReferencePage();
  app.get('/openapi.json', async (_request, reply) => {
    const text = await description.read();
    if (text !== undefined) return reply.type('application/json; charset=utf-8').send(text);
    reply.code(503).type(PROBLEM_MEDIA_TYPE).header('retry-after', '2');
    return problem('region-unavailable', { detail: 'No region could be asked for the description of its services.' });
  });
  app.get('/docs', async (_request, reply) => reply.redirect('/docs/', 308));
  for (const url of ['/docs/', '/docs/js/scalar.js'])
    app.get(url, async (request, reply) => {
      const file = await page.read(pathOf(request.raw.url ?? url));
      return reply.code(file.status).headers(file.headers).send(file.body);
    });
}
