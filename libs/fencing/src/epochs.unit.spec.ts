import { HEADERS } from '@meridian/contracts';
import { firstRoutingTable } from '@meridian/regions';
import pg from 'pg';
import { beforeEach, describe, expect, it } from 'vitest';
import { EpochStore } from './epoch-store.ts';
import { Epochs } from './epochs.ts';

const regions = ['us-east', 'eu-west'];
const table = (epoch: number) => ({ ...firstRoutingTable(regions), epoch });

/** Of a process that is never started again. */
class NothingToRemember extends EpochStore {
  override read = async () => undefined;
  override write = async () => true;
}

let epochs: Epochs;
beforeEach(async () => {
  const store = new NothingToRemember(new pg.Pool(), 'us-east');
  epochs = await Epochs.open({ store, region: 'us-east', regions, hasControl: true });
  await epochs.tell({ table: table(3) });
});

describe('who was refused for an older epoch', () => {
  const refusedFor = (epoch: string | undefined, withinMs = 50) =>
    epochs.carry.askAgain({ [HEADERS.epoch]: epoch }, withinMs);

  it('asks again once the newer one is known', async () => {
    const asksAgain = refusedFor('4', 5_000);
    await epochs.tell({ table: table(4) });
    expect(await asksAgain).toBe(true);
  });
  it('asks again at once when it was told of it before the refusal came', async () => {
    expect(epochs.carry.headers()).toEqual({ [HEADERS.epoch]: '3' });
    await epochs.tell({ table: table(4) });
    expect(await refusedFor('4')).toBe(true);
  });
  it('does not when nobody tells of it in time, or the refusal names none', async () => {
    expect(await refusedFor('4')).toBe(false);
    expect(await refusedFor(undefined)).toBe(false);
    expect(await refusedFor('soon')).toBe(false);
  });
});
