/** The processes that `npm run bench -- gateway-overhead` measures (tests/bench); each tells its port. It runs what was built. */
import { createServer } from 'node:http';

const [role, target] = process.argv.slice(2);
const origin = `http://127.0.0.1:${target}`;
const host = '127.0.0.1';

async function listen() {
  if (role === 'upstream') {
    const body = JSON.stringify({
      id: '7b1e',
      lines: Array.from({ length: 5 }, (_, i) => ({ sku: `SKU-${i}`, quantity: i })),
    });
    // Also where traces are sent, and forgotten.
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
      response.end(body);
    });
    await new Promise((resolve) => server.listen(0, host, resolve));
    return server.address().port;
  }
  if (role === 'http-proxy') {
    const { fastify } = await import('fastify');
    const { default: proxy } = await import('@fastify/http-proxy');
    const app = fastify();
    await app.register(proxy, { upstream: origin, undici: { connections: 256 }, disableRequestLogging: true });
    await app.listen({ host, port: 0 });
    return app.server.address().port;
  }
  const { createEdge } = await import('../dist/edge.js');
  const { readEdgeConfig } = await import('../dist/edge.config.js');
  const { readTopology, createLogger } = await import('@meridian/service-kit/process');
  const { settings } = readEdgeConfig({ PORT: '1', MERIDIAN_TOPOLOGY: 'x' });
  const { app } = createEdge({
    topology: readTopology(new URL('../../../infra/topology.json', import.meta.url).pathname),
    originOf: () => origin,
    controls: [],
    settings,
    logger: createLogger('edge', { level: 'warn' }),
  });
  await app.listen({ host, port: 0 });
  return app.server.address().port;
}

// Whoever started it is done with it, or gone.
process.once('disconnect', () => process.exit());
process.send({ ready: { port: await listen() } });
