import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseTopology } from '@meridian/regions';
import { composeFaults } from './compose-faults.ts';
import { parseComposeFile } from './parse-compose-file.ts';

/**
 * `npm run topology:check [compose file] [topology]`: one line per place where docker-compose.yml and infra/topology.json
 * disagree, and exit code 1 when there is one.
 */

const root = path.resolve(import.meta.dirname, '../../..');
const [composeFile = 'docker-compose.yml', topologyFile = 'infra/topology.json'] = process.argv.slice(2);
const read = (file: string) => readFileSync(path.resolve(root, file), 'utf8');

const compose = parseComposeFile(read(composeFile));
const topology = parseTopology(JSON.parse(read(topologyFile)));
const faults = composeFaults(compose, topology);
for (const fault of faults) console.log(`  ✗ ${fault}`);
console.log(
  faults.length === 0
    ? `  ✓ ${composeFile} is what ${topologyFile} says (${Object.keys(compose.services ?? {}).length} services)`
    : `${faults.length} differences between ${composeFile} and ${topologyFile}`,
);
process.exitCode = faults.length === 0 ? 0 : 1;
