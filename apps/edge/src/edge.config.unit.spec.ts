import { describe, expect, it } from 'vitest';
import { readEdgeConfig } from './edge.config.ts';

const least = { PORT: '8080', MERIDIAN_TOPOLOGY: 'infra/topology.json' };

describe('readEdgeConfig', () => {
  it('needs a port and a topology, and has a default for the rest', () => {
    const { settings, port } = readEdgeConfig(least);
    expect(port).toBe(8080);
    expect(settings).toMatchObject({ defaultLocation: undefined, probe: { intervalMs: 500, timeoutMs: 400 } });
  });

  it('takes near for close by, unless it is told to go by the round trips', () => {
    expect(readEdgeConfig(least).settings.geo).toBe('distance');
    expect(readEdgeConfig({ ...least, EDGE_GEO: 'latency' }).settings.geo).toBe('latency');
  });

  it('neither keeps sessions in their region nor asks two regions for a read, unless it is told to', () => {
    expect(readEdgeConfig(least).settings.proxy).toMatchObject({ stickySessions: false, hedgeReadsAfterMs: undefined });
    const { settings } = readEdgeConfig({ ...least, EDGE_STICKY_SESSIONS: 'on', EDGE_HEDGE_READS_AFTER_MS: '80' });
    expect(settings.proxy).toMatchObject({ stickySessions: true, hedgeReadsAfterMs: 80 });
  });

  it.each([
    ['EDGE_GEO', 'random'],
    ['EDGE_TABLE_WAIT_MS', '20001'],
    ['EDGE_STICKY_SESSIONS', 'yes'],
    ['EDGE_HEDGE_READS_AFTER_MS', '0'],
    ['EDGE_OUTLIER_RATIO', '0'],
    ['EDGE_SLOW_START_MS', '-1'],
  ])('does not take %s=%s', (name, value) => {
    expect(() => readEdgeConfig({ ...least, [name]: value })).toThrow(name);
  });

  it('takes a place by name for clients that do not say where they are', () => {
    expect(readEdgeConfig({ ...least, EDGE_DEFAULT_LOCATION: 'Singapore' }).settings.defaultLocation).toEqual({
      lat: 1.35,
      lon: 103.82,
    });
  });

  it('names everything that is wrong in one sentence', () => {
    expect(() => readEdgeConfig({ EDGE_DEFAULT_LOCATION: 'Atlantis', EDGE_PROBE_INTERVAL_MS: 'x' })).toThrow(
      /^[^\n]*PORT[^\n]*MERIDIAN_TOPOLOGY[^\n]*EDGE_DEFAULT_LOCATION[^\n]*EDGE_PROBE_INTERVAL_MS[^\n]*\.$/,
    );
  });
});
