import fastify, { type FastifyInstance } from 'fastify';

export interface PageFile {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** The page may load from here and from nowhere else: it must work without a network, and tell nobody that it was read. */
const CONTENT_POLICY =
  "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:";

/**
 * Scalar's page for the API, with its own script in it (5 MB). It is loaded when first asked for and lives in a Fastify
 * of its own that never listens, so that an edge whose page nobody opens starts no slower and is no larger for it.
 */
export class ReferencePage {
  #app: Promise<FastifyInstance> | undefined;
  readonly #files = new Map<string, PageFile>();

  /** `path` is `/docs/` or below. */
  async read(path: string): Promise<PageFile> {
    const kept = this.#files.get(path);
    if (kept) return kept;
    this.#app ??= loadPage();
    const answer = await (await this.#app).inject({ method: 'GET', url: path });
    const file: PageFile = {
      status: answer.statusCode,
      headers: {
        'content-type': String(answer.headers['content-type'] ?? 'text/plain'),
        'content-security-policy': CONTENT_POLICY,
        'cache-control': 'max-age=300',
      },
      body: answer.rawPayload,
    };
    if (file.status === 200) this.#files.set(path, file);
    return file;
  }
}

async function loadPage(): Promise<FastifyInstance> {
  const { default: apiReference } = await import('@scalar/fastify-api-reference');
  const app = fastify();
  await app.register(apiReference, {
    routePrefix: '/docs',
    configuration: {
      pageTitle: 'Meridian API',
      url: '/openapi.json',
      withDefaultFonts: false,
      telemetry: false,
      hideClientButton: true,
      agent: { disabled: true },
    },
  });
  return app;
}
