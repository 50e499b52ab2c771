import { describe, expect, it } from 'vitest';
import { readEdgeConfig } from './edge.config.ts';

const least = { PORT: '8080', MERIDIAN_TOPOLOGY: 'infra/topology.json' };

describe('readEdgeConfig', () => {
  it('needs a port and a topology, and has a default for the rest', () => {
    const { settings, port } = readEdgeConfig(least);
    expect(port).toBe(8080);
    expect(settings).toMatchObject({ defaultLocation: undefined, probe: { intervalMs: 500, timeoutMs: 400 } });
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
