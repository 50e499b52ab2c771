import path from 'node:path';
import { parseArgs } from 'node:util';
import { writePage } from '@meridian/testing';
import { brokenSource } from './src/cases/broken-source.ts';
import { faithfulCopy } from './src/cases/faithful-copy.ts';
import { growthAndRestart } from './src/cases/growth-and-restart.ts';
import { movingGroup } from './src/cases/moving-group.ts';
import { ENGINES } from './src/engines.ts';
import { recordedRuns, recordRun } from './src/recorded-run.ts';
import { renderTable } from './src/render-table.ts';
import { runCases, surprises } from './src/run-cases.ts';

/**
 * `npm run conformance -- --engine <one of src/engines.ts>|all [--case NAME]… [--write]`: what
 * an engine keeps of what a replicator promises, seen from outside. Exit code 1 when anything is other than declared, 2 for
 * a command that makes no sense. `--write` makes docs/reference/replication-conformance.md anew, of the latest result
 * of each case.
 */
const CASES = [...faithfulCopy, ...growthAndRestart, ...movingGroup, ...brokenSource];
const PAGE = path.resolve(import.meta.dirname, '../../docs/reference/replication-conformance.md');

function refuse(sentence: string): never {
  console.error(sentence);
  process.exit(2);
}

function options() {
  try {
    return parseArgs({
      options: {
        engine: { type: 'string', default: 'all' },
        case: { type: 'string', multiple: true, default: [] },
        write: { type: 'boolean', default: false },
      },
    }).values;
  } catch (failure) {
    return refuse((failure as Error).message);
  }
}

const { engine, case: named, write } = options();
if (engine !== 'all' && !ENGINES.includes(engine))
  refuse(`There is no engine "${engine}"; there are ${ENGINES.join(', ')} and all.`);
const unknown = named.find((name) => !CASES.some((one) => one.name === name));
if (unknown) refuse(`There is no case "${unknown}"; there are ${CASES.map(({ name }) => name).join(', ')}.`);

const cases = named.length > 0 ? CASES.filter(({ name }) => named.includes(name)) : CASES;
const surprising: string[] = [];
for (const one of engine === 'all' ? ENGINES : [engine]) {
  const outcomes = await runCases(one, cases, (line) => console.log(line));
  await recordRun(one, outcomes);
  surprising.push(...surprises(one, outcomes));
}
if (write) await writePage(PAGE, renderTable(CASES, await recordedRuns(ENGINES)));
for (const sentence of surprising) console.error(sentence);
process.exit(surprising.length > 0 ? 1 : 0);
