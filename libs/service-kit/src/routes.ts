import type { FastifyInstance } from 'fastify';

export interface Route {
  method: string;
  /** Parameters as `:name`. */
  path: string;
}

const routesByInstance = new WeakMap<object, Route[]>();

/** Fastify answers 404 for a path it knows under another method. Noting the routes lets us say 405 and which would do. */
export function noteRoutes(fastify: FastifyInstance): void {
  const routes: Route[] = [];
  routesByInstance.set(fastify.server, routes);
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.push({ method: one, path: url });
  });
}

export function routesOf(fastify: FastifyInstance): readonly Route[] {
  return routesByInstance.get(fastify.server) ?? [];
}

export function allowedMethods(fastify: FastifyInstance, path: string): string[] {
  const asked = path.split('/');
  const matches = (route: Route) => {
    const segments = route.path.split('/');
    if (segments.length !== asked.length) return false;
    return segments.every((segment, i) => segment === asked[i] || (segment.startsWith(':') && asked[i] !== ''));
  };
  return [
    ...new Set(
      routesOf(fastify)
        .filter(matches)
        .map((route) => route.method),
    ),
  ].sort();
}
