import type { ConformanceCase } from './conformance-case.ts';
import { EXPECTED_FAILURES, UNSTEADY } from './expected-failures.ts';
import type { RecordedRun } from './recorded-run.ts';

type Declared = Readonly<Record<string, Readonly<Record<string, string>>>>;
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** The latest results of each engine as a Markdown page; engines that never ran have no column. */
export function renderTable(
  cases: readonly Pick<ConformanceCase, 'name' | 'promise'>[],
  byEngine: Readonly<Record<string, RecordedRun>>,
  expected: Declared = EXPECTED_FAILURES,
  unsteady: Declared = UNSTEADY,
): string {
  const engines = Object.keys(byEngine);
  const row = (cells: string[]) => `| ${cells.join(' | ')} |`;
  const rows = cases.map(({ name, promise }) =>
    row([
      `**${name}**: ${cell(promise)}`,
      ...engines.map((engine) => {
        const outcome = byEngine[engine]?.outcomes.find((found) => found.name === name);
        if (!outcome) return 'not run';
        const why = unsteady[engine]?.[name];
        if (outcome.kept) return `🟢 ${cell(why ? `${outcome.said} (${why})` : outcome.said)}`;
        return `🔴 ${cell(why ?? expected[engine]?.[name] ?? outcome.said)}`;
      }),
    ]),
  );
  const runs = Object.entries(byEngine).map(([engine, { at, cores }]) => `\`${engine}\` on ${at}, ${cores} cores`);
  return `# What each replicator keeps

Made by \`npm run conformance -- --engine all --write\`, from the latest result of each case: ${runs.join('; ')}. Three regions of
one broker each, links without delay. Red cells are declared with their reason in \`tests/conformance/src/expected-failures.ts\`; a
run fails when one of them turns green, and when another turns red, but for what is declared as unsteady. Figures are of one run on a machine that did other things
as well.

${row(['promise', ...engines.map((engine) => `\`${engine}\``)])}
${row(['---', ...engines.map(() => '---')])}
${rows.join('\n')}
`;
}
