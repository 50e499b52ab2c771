import { isRoutedPath } from '../routing/routes.ts';

/** As much of an OpenAPI 3.1 document as merging has to know. */
export interface OpenApiDocument {
  openapi: string;
  info: { title: string; version: string; description?: string };
  paths?: Record<string, unknown>;
  components?: Record<string, Record<string, unknown>>;
  tags?: { name: string }[];
  [member: string]: unknown;
}

/**
 * One document of several: the paths that the edge passes on, with their components. Two services may use one component
 * name for two things; the later one is then renamed to `<service>.<name>`, in its references too.
 */
export function mergeOpenApi(documents: ReadonlyMap<string, OpenApiDocument>, missing: string[]): OpenApiDocument {
  const paths: Record<string, unknown> = {};
  const components: Record<string, Record<string, unknown>> = {};
  const tags = new Map<string, { name: string }>();
  for (const [service, document] of documents) {
    const renamed = namesTaken(components, document, service);
    const own = renamed.size === 0 ? document : (withReferences(document, renamed) as OpenApiDocument);
    for (const [kind, entries] of Object.entries(own.components ?? {})) {
      components[kind] ??= {};
      const target = components[kind];
      for (const [name, value] of Object.entries(entries))
        target[nameOf(renamed, reference(kind, name)) ?? name] = value;
    }
    for (const [path, item] of Object.entries(own.paths ?? {})) if (isRoutedPath(path)) paths[path] = item;
    for (const tag of own.tags ?? []) if (!tags.has(tag.name)) tags.set(tag.name, tag);
  }
  const unread = missing.length === 0 ? '' : ` Not reachable now, and so missing here: ${missing.join(', ')}.`;
  return {
    openapi: [...documents.values()][0]?.openapi ?? '3.1.0',
    info: {
      title: 'Meridian',
      version: '1',
      description: `One address for every region: the edge chooses the nearest healthy one (x-meridian-region says which).${unread}`,
    },
    servers: [{ url: '/' }],
    paths,
    components,
    tags: [...tags.values()],
  };
}

function reference(kind: string, name: string): string {
  return `#/components/${kind}/${name}`;
}

function nameOf(renamed: ReadonlyMap<string, string>, ref: string): string | undefined {
  return renamed.get(ref)?.split('/').at(-1);
}

/** Old reference → new reference, for the components whose name is taken by something else. */
function namesTaken(
  taken: Record<string, Record<string, unknown>>,
  document: OpenApiDocument,
  service: string,
): Map<string, string> {
  const renamed = new Map<string, string>();
  for (const [kind, entries] of Object.entries(document.components ?? {}))
    for (const [name, value] of Object.entries(entries)) {
      const other = taken[kind]?.[name];
      if (other !== undefined && JSON.stringify(other) !== JSON.stringify(value))
        renamed.set(reference(kind, name), reference(kind, `${service}.${name}`));
    }
  return renamed;
}

function withReferences(value: unknown, renamed: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => withReferences(item, renamed));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      key === '$ref' && typeof member === 'string' ? (renamed.get(member) ?? member) : withReferences(member, renamed),
    ]),
  );
}
