import { readFileSync } from 'node:fs';
import { parseTopology, type Topology } from '@meridian/regions';

/** Reads the topology from a file. Throws one plain sentence when it cannot be read or is not valid. */
export function readTopology(path: string): Topology {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (failure) {
    throw new Error(`The topology cannot be read from ${path}: ${(failure as Error).message}.`, { cause: failure });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (failure) {
    throw new Error(`The topology in ${path} is not JSON: ${(failure as Error).message}.`, { cause: failure });
  }
  return parseTopology(json);
}
