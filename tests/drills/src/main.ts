import threeRegions from '@meridian/test-harness/three-regions';
import { DRILLS } from './catalogue.ts';
import { readCommandLine, usageOf } from './command-line.ts';
import { renderHead, renderResult, renderTable } from './report/render-result.ts';
import { type DrillResult, runDrill } from './run-drill.ts';

/**
 * `npm run drills`: starts three regions of its own, runs the drills one after the other and ends with a table. Exit code
 * 0 when every one is valid, 1 when one is not, 2 when one came to no verdict or the command line is wrong.
 */
const drillNames = DRILLS.map(({ name }) => name);
const asked = readCommandLine(process.argv.slice(2), drillNames);
if (asked.kind === 'help') {
  console.log(usageOf(drillNames));
  process.exit(0);
}
if (asked.kind === 'refused') {
  console.error(`${asked.sentence}\n${usageOf(drillNames)}`);
  process.exit(2);
}
const { names, seed, repeat, quick, sabotage, json } = asked;
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
