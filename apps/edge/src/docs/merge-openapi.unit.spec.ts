import { describe, expect, it } from 'vitest';
import { mergeOpenApi, type OpenApiDocument } from './merge-openapi.ts';

const documentOf = (paths: Record<string, unknown>, schemas: Record<string, unknown> = {}): OpenApiDocument => ({
  openapi: '3.1.0',
  info: { title: 't', version: '1' },
  paths,
  components: { schemas },
});

describe('mergeOpenApi', () => {
  it('joins the paths of all services and leaves out what the edge does not pass on', () => {
    const merged = mergeOpenApi(
      new Map([
        ['order', documentOf({ '/orders': { post: {} }, '/digest': {}, '/health/ready': {} })],
        ['catalog', documentOf({ '/products/{sku}': { get: {} }, '/reservations': {} })],
      ]),
      [],
    );
    expect(Object.keys(merged.paths ?? {})).toEqual(['/orders', '/products/{sku}']);
  });

  it('keeps a component that two services mean alike once', () => {
    const money = { type: 'object' };
    const merged = mergeOpenApi(
      new Map([
        ['order', documentOf({}, { Money: money })],
        ['catalog', documentOf({}, { Money: money })],
      ]),
      [],
    );
    expect(merged.components).toEqual({ schemas: { Money: money } });
  });

  it('renames a component whose name is taken, and its references', () => {
    const use = { $ref: '#/components/schemas/Line' };
    const merged = mergeOpenApi(
      new Map([
        ['order', documentOf({ '/orders': use }, { Line: { type: 'string' } })],
        ['catalog', documentOf({ '/products': [use] }, { Line: { type: 'number' }, Lines: { items: use } })],
      ]),
      [],
    );
    const renamed = { $ref: '#/components/schemas/catalog.Line' };
    expect(merged.paths).toEqual({ '/orders': use, '/products': [renamed] });
    expect(merged.components?.schemas).toEqual({
      Line: { type: 'string' },
      'catalog.Line': { type: 'number' },
      Lines: { items: renamed },
    });
  });

  it('says which services are missing', () => {
    const merged = mergeOpenApi(new Map([['order', documentOf({})]]), ['user', 'catalog']);
    expect(merged.info.description).toContain('missing here: user, catalog.');
  });
});
