import type { RebuildResponse } from '@meridian/contracts';
import { firstRoutingTable, type RegionState } from '@meridian/regions';
import { expect, test } from 'vitest';
import { whyNotToDestroy } from './why-not-to-destroy.ts';

const table = firstRoutingTable(['us-east', 'eu-west', 'ap-southeast']);
const tableWith = (state: RegionState) => ({
  ...table,
  regions: { ...table.regions, 'eu-west': { state, weight: 1, sinceEpoch: 0 } },
});
const rebuild = (phase: RebuildResponse['phase']): RebuildResponse => ({
  ...{
    service: 'order',
    region: 'us-east',
    phase,
    waitingFor: null,
    taken: 0,
    expected: null,
    seconds: 0,
    report: null,
  },
});
const whole = new Map([['us-east', [rebuild('joined')]]]);

test('a region to which nobody is sent may be destroyed while the others have their data', () => {
  expect(whyNotToDestroy('eu-west', tableWith('failed'), whole)).toBeUndefined();
  expect(whyNotToDestroy('eu-west', tableWith('evacuated'), whole)).toBeUndefined();
});
test('one that is in use may not, and neither when nobody can say', () => {
  expect(whyNotToDestroy('eu-west', tableWith('active'), whole)).toContain('"meridian region fail eu-west" first');
  expect(whyNotToDestroy('eu-west', undefined, whole)).toContain('No control answers');
});
test('none may while another one could not give the data back', () => {
  const [failed, of] = [tableWith('failed'), (one: RebuildResponse | undefined) => new Map([['us-east', [one]]])];
  expect(whyNotToDestroy('eu-west', failed, of(rebuild('taking')))).toContain('us-east is being rebuilt itself');
  expect(whyNotToDestroy('eu-west', failed, of(undefined))).toContain('us-east does not answer');
});
