import { parseArgs } from 'node:util';
import threeRegions from '@meridian/test-harness/three-regions';
import { DRILLS } from './catalogue.ts';
import { renderHead, renderResult, renderTable } from './report/render-result.ts';
import { type DrillResult, runDrill } from './run-drill.ts';

/**
 * `npm run drills`: starts three regions of its own, runs the drills one after the other and ends with a table. Exit code
 * 0 when every one is valid, 1 when one is not, 2 when one came to no verdict or the command line is wrong.
 */
const USAGE = `npm run drills -- [names …] [--quick] [--seed N] [--repeat N] [--sabotage] [--json]
drills: ${DRILLS.map((d) => d.name).join(', ')}`;

function refuse(sentence: string): never {
  console.error(`${sentence}\n${USAGE}`);
  process.exit(2);
}

function commandLine() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        sabotage: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        seed: { type: 'string', default: '1' },
        repeat: { type: 'string', default: '1' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    const unknown = positionals.filter((name) => !DRILLS.some((d) => d.name === name));
    if (unknown.length > 0) return refuse(`There is no drill "${unknown[0]}".`);
    const [seed, repeat] = [values.seed, values.repeat].map(Number) as [number, number];
    if (!Number.isSafeInteger(seed) || seed < 0 || !Number.isSafeInteger(repeat) || repeat < 1)
      return refuse('--seed and --repeat want whole numbers.');
    return { ...values, seed, repeat, names: positionals };
  } catch (failure) {
    return refuse((failure as Error).message);
  }
}

const { names, seed, repeat, quick, sabotage, json } = commandLine();
const chosen = DRILLS.filter((d) => names.length === 0 || names.includes(d.name));
const tell = (line: string) => (json ? console.error(line) : console.log(line));

const stop = await threeRegions();
const results: DrillResult[] = [];
try {
  for (const drill of chosen)
    for (let i = 0; i < repeat; i += 1) {
      tell(`\n${renderHead(drill, sabotage)}`);
      const say = (line: string) => tell(`   … ${line}`);
      const result = await runDrill(drill, { scale: quick ? 'quick' : 'full', seed: seed + i, sabotage, say });
      tell(renderResult(result));
      results.push(result);
    }
} finally {
  await stop();
}
if (json) console.log(JSON.stringify(results, null, 2));
else console.log(`\n${renderTable(results)}`);
const verdicts = new Set(results.map((r) => r.valid));
process.exit(verdicts.has(false) ? 1 : verdicts.has('unknown') ? 2 : 0);
