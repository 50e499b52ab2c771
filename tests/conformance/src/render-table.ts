import type { ConformanceCase } from './conformance-case.ts';
import { EXPECTED_FAILURES } from './expected-failures.ts';
import type { RecordedRun } from './recorded-run.ts';

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** The latest results of each engine as a Markdown page; engines that never ran have no column. */
export function renderTable(
  cases: readonly Pick<ConformanceCase, 'name' | 'promise'>[],
  byEngine: Readonly<Record<string, RecordedRun>>,
  expected: Readonly<Record<string, Readonly<Record<string, string>>>> = EXPECTED_FAILURES,
): string {
  const engines = Object.keys(byEngine);
  const row = (cells: string[]) => `| ${cells.join(' | ')} |`;
  const rows = cases.map(({ name, promise }) =>
    row([
      `**${name}**: ${cell(promise)}`,
      ...engines.map((engine) => {
        const outcome = byEngine[engine]?.outcomes.find((found) => found.name === name);
        if (!outcome) return 'not run';
        return outcome.kept ? `🟢 ${cell(outcome.said)}` : `🔴 ${cell(expected[engine]?.[name] ?? outcome.said)}`;
      }),
    ]),
  );
  const runs = Object.entries(byEngine).map(([engine, { at, cores }]) => `\`${engine}\` on ${at}, ${cores} cores`);
  return `# What each replicator keeps

Made by \`npm run conformance -- --engine all --write\`, from the latest result of each case: ${runs.join('; ')}. Three regions of
one broker each, links without delay. Red cells are declared with their reason in \`tests/conformance/src/expected-failures.ts\`; a
run fails when one of them turns green, and when another turns red. Figures are of one run on a machine that did other things
as well.

${row(['promise', ...engines.map((engine) => `\`${engine}\``)])}
${row(['---', ...engines.map(() => '---')])}
${rows.join('\n')}
`;
}
