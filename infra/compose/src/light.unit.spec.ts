import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseTopology, regionIds } from '@meridian/regions';
import { expect, it } from 'vitest';
import { parseComposeFile } from './parse-compose-file.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const whole = JSON.parse(read('infra/topology.json'));
const light = JSON.parse(read('infra/compose/light.topology.json'));

it('light is the topology without some of its regions, and otherwise the same', () => {
  const kept = regionIds(parseTopology(light));
  const among = ({ between }: { between: string[] }) => between.every((id) => kept.includes(id));
  expect(light).toEqual({
    ...whole,
    regions: whole.regions.filter(({ id }: { id: string }) => kept.includes(id)),
    links: whole.links.filter(among),
  });
  expect(kept).toHaveLength(2);
});

it('light leaves out every service of the other regions, and none else', () => {
  const kept = regionIds(parseTopology(light));
  const others = regionIds(parseTopology(whole)).filter((id) => !kept.includes(id));
  const services = Object.keys(parseComposeFile(read('docker-compose.yml')).services ?? {});
  const left = Object.keys(parseComposeFile(read('infra/compose/light.yml')).services ?? {});
  expect(left.sort()).toEqual(services.filter((name) => others.some((id) => name.startsWith(`${id}-`))).sort());
});
