import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseTopology, regionIds } from '@meridian/regions';
import { expect, it } from 'vitest';
import { parseComposeFile } from './parse-compose-file.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

it('MirrorMaker 2 runs beside the replicator of every region, and nothing else is changed', () => {
  const regions = regionIds(parseTopology(JSON.parse(read('infra/topology.json'))));
  const services = parseComposeFile(read('infra/compose/mirrormaker2.yml')).services ?? {};
  expect(Object.keys(services).sort()).toEqual(regions.map((id) => `${id}-replicator`).sort());
});
