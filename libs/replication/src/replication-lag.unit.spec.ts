import { describe, expect, it } from 'vitest';
import { ReplicationLag } from './replication-lag.ts';

describe('replication lag', () => {
  it('is told per origin, in the order statistics that matter', () => {
    const lag = new ReplicationLag();
    for (let ms = 1; ms <= 100; ms += 1) lag.record('eu-west', ms);
    lag.record('us-east', 7);
    expect(lag.figures()).toEqual({
      'eu-west': { count: 100, minMs: 1, p50Ms: 51, p99Ms: 100, maxMs: 100 },
      'us-east': { count: 1, minMs: 7, p50Ms: 7, p99Ms: 7, maxMs: 7 },
    });
  });
  it('forgets an outage once 2,000 later events were applied', () => {
    const lag = new ReplicationLag();
    lag.record('eu-west', 60_000);
    for (let i = 0; i < 2_000; i += 1) lag.record('eu-west', 50);
    expect(lag.figures()['eu-west']).toMatchObject({ count: 2_000, maxMs: 50 });
  });
  it('says nothing of a region that it has not heard of', () => expect(new ReplicationLag().figures()).toEqual({}));
});
