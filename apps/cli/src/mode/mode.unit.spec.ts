import { firstRoutingTable, type Mode, type RoutingTable } from '@meridian/regions';
import { expect, test } from 'vitest';
import { askingOrder, type ControlStatuses } from '../instance/control.ts';
import { readTopologyFile } from '../session.ts';
import { createPaint } from '../terminal/terminal.ts';
import { isPutBy } from './is-put-by.ts';
import { modeCommand } from './mode.ts';
import { savedSentence } from './pilot-light.ts';
import { renderMode } from './render-mode.ts';

const topology = readTopologyFile(new URL('../../../../infra/topology.json', import.meta.url).pathname);
const ask = (kind: string, options: { primary?: string; speed?: string; auto?: boolean } = {}, now?: Mode) =>
  modeCommand({ topology }, kind, options, now, 1_000);

test('a mode is asked for by its name, with its primary where it has one', () => {
  expect(ask('active-active')).toEqual({ kind: 'set-mode', mode: { kind: 'active-active' } });
  expect(ask('pilot-light', { primary: 'eu-west' })).toEqual({
    ...{ kind: 'set-mode', mode: { kind: 'pilot-light', primary: 'eu-west' } },
  });
  expect(ask('follow-the-sun', { primary: 'eu-west', speed: '720' })).toMatchObject({
    mode: { clock: { realStartMs: 1_000, startsAtMs: 1_000, speed: 720 } },
  });
});

test('the same mode with another primary is a hand-over', () => {
  expect(ask('active-passive', { primary: 'us-east' }, { kind: 'active-passive', primary: 'eu-west' })).toEqual({
    ...{ kind: 'hand-over', to: 'us-east' },
  });
  expect(ask('active-passive', { primary: 'us-east' }, { kind: 'pilot-light', primary: 'eu-west' })).toMatchObject({
    kind: 'set-mode',
  });
});

test('the clock of follow-the-sun stays as it is unless a speed is given, and can be set back to the real one', () => {
  const clock = { realStartMs: 1, startsAtMs: 1, speed: 1_440 };
  const fast: Mode = { kind: 'follow-the-sun', primary: 'us-east', clock };
  const sun = (speed?: string) => ask('follow-the-sun', { primary: 'eu-west', ...(speed && { speed }) }, fast);
  for (const speed of [undefined, '1440']) expect(sun(speed)).toEqual({ kind: 'hand-over', to: 'eu-west' });
  expect(sun('1')).toMatchObject({ kind: 'set-mode', mode: { primary: 'eu-west', clock: { speed: 1 } } });
  expect(ask('follow-the-sun', { primary: 'us-east' })).toMatchObject({ mode: { clock: { speed: 1 } } });
});

test('failing over by itself is asked for each time: with another primary too, and left out it ends', () => {
  const byHand: Mode = { kind: 'active-passive', primary: 'eu-west' };
  const automatic: Mode = { ...byHand, automatic: true };
  expect(ask('active-passive', { primary: 'eu-west', auto: true })).toEqual({ kind: 'set-mode', mode: automatic });
  expect(ask('active-passive', { primary: 'eu-west', auto: true }, byHand)).toEqual({
    ...{ kind: 'set-mode', mode: automatic },
  });
  expect(ask('active-passive', { primary: 'us-east', auto: true }, automatic)).toEqual({
    ...{ kind: 'hand-over', to: 'us-east' },
  });
  expect(ask('active-passive', { primary: 'us-east' }, automatic)).toEqual({
    ...{ kind: 'set-mode', mode: { kind: 'active-passive', primary: 'us-east' } },
  });
});

test('a region that is said to have failed is asked last', () => {
  const regions = ['us-east', 'eu-west', 'ap-southeast'];
  expect(askingOrder(regions, { kind: 'fail', region: 'us-east' })).toEqual(['eu-west', 'ap-southeast', 'us-east']);
  expect(askingOrder(regions, { kind: 'drain', region: 'us-east' })).toEqual(regions);
});

test.each([
  ['sideways', {}, 'There is no mode "sideways"'],
  ['active-active', { primary: 'eu-west' }, 'there is no primary'],
  ['active-passive', {}, 'name it with --primary'],
  ['active-passive', { primary: 'mars' }, 'There is no region "mars"'],
  ['pilot-light', { primary: 'eu-west', auto: true }, 'knows no --auto'],
  ['follow-the-sun', { primary: 'eu-west', speed: 'fast' }, 'not "fast"'],
])('refuses %s %o in one sentence', (kind, options, sentence) => {
  expect(() => ask(kind, options)).toThrow(sentence);
});

const table: RoutingTable = {
  ...firstRoutingTable(['us-east', 'eu-west']),
  ...{ epoch: 7, mode: { kind: 'active-passive', primary: 'eu-west' }, reason: 'hand over to eu-west' },
};
const told = (epoch: number | null) => ['user', 'order'].map((service) => ({ service, epoch }));
const controls: ControlStatuses = {
  'us-east': {
    region: 'us-east',
    table: { ...table, epoch: 6 },
    caughtUp: true,
    votesAfter: 0,
    leaseMs: null,
    primarySeen: null,
    peers: [],
    services: told(6),
  },
  'eu-west': {
    region: 'eu-west',
    table,
    caughtUp: true,
    votesAfter: 0,
    leaseMs: 2_400,
    primarySeen: null,
    peers: [],
    services: told(7),
  },
};
const options = { regions: ['us-east', 'eu-west'], width: 80, paint: createPaint(false) };

test('says what is in force, who knows of it, and who holds the lease', () => {
  const text = renderMode(controls, options);
  expect(text).toContain('Epoch 7, active-passive with eu-west as its primary: hand over to eu-west.');
  expect(text).toMatch(/us-east +active +1 +epoch 6 +epoch 6/);
  expect(text).toMatch(/eu-west +active +1 +epoch 7 +epoch 7 +primary, holds the lease/);
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});

test('a control or a service that does not answer is said', () => {
  const text = renderMode({ ...controls, 'us-east': null }, options);
  expect(text).toMatch(/us-east +active +1 +no answer +no answer/);
  expect(renderMode({ 'us-east': null, 'eu-west': null }, options)).toBe('No control answers.');
});

const standingBy: RoutingTable = {
  ...table,
  mode: { kind: 'pilot-light', primary: 'eu-west' },
  regions: { ...table.regions, 'us-east': { state: 'standby', weight: 1, sinceEpoch: 7 } },
};
const process = (name: string, state = 'stopped', rssBytes?: number) => {
  const [region, kind = ''] = name.split('/');
  return { name, region, kind, state, restarts: 0, rssBytes };
};

test('a service that pilot light has stopped is in order; one that was killed, and any other process, is not', () => {
  expect(isPutBy(process('us-east/order'), standingBy)).toBe(true);
  expect(isPutBy(process('us-east/order', 'killed'), standingBy)).toBe(false);
  expect(isPutBy(process('us-east/kafka'), standingBy)).toBe(false);
  expect(isPutBy(process('eu-west/order'), standingBy)).toBe(false);
  expect(isPutBy(process('us-east/order'), table)).toBe(false);
});

test('pilot light says what it saves, and no figure that it does not know', () => {
  const megabytes = 2 ** 20;
  const two = [
    process('us-east/user', 'running', 100 * megabytes),
    process('us-east/order', 'running', 50 * megabytes),
  ];
  expect(savedSentence(two)).toBe('stopped 2 processes (us-east/user, us-east/order); they took 150 MB');
  expect(savedSentence([process('us-east/user')])).toBe('stopped 1 process (us-east/user)');
  expect(savedSentence([])).toMatch(/^nothing to stop/);
});
