import type { ConformanceCase, Outcome } from './conformance-case.ts';
import { EXPECTED_FAILURES } from './expected-failures.ts';

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** The result of a run as a Markdown page; engines that did not run have no column. */
export function renderTable(
  cases: readonly ConformanceCase[],
  byEngine: Readonly<Record<string, readonly Outcome[]>>,
  at: { date: string; cores: number },
  expected: Readonly<Record<string, Readonly<Record<string, string>>>> = EXPECTED_FAILURES,
): string {
  const engines = Object.keys(byEngine);
  const row = (cells: string[]) => `| ${cells.join(' | ')} |`;
  const rows = cases.map((one) =>
    row([
      `**${one.name}**: ${cell(one.promise)}`,
      ...engines.map((engine) => {
        const outcome = byEngine[engine]?.find((found) => found.case.name === one.name);
        if (!outcome) return 'not run';
        if (outcome.kept) return `🟢 ${cell(outcome.measured)}`;
        return `🔴 ${cell(expected[engine]?.[one.name] ?? outcome.why)}`;
      }),
    ]),
  );
  return `# What each replicator keeps

Made by \`npm run conformance -- --engine ${engines.length > 1 ? 'all' : engines[0]}\` on ${at.date}, ${at.cores} cores, three regions of one broker each, links without
delay. Red cells are declared with their reason in \`tests/conformance/src/expected-failures.ts\`; a run fails when one of them
turns green, and when another turns red. Figures are of one run on a machine that does other things as well.

${row(['promise', ...engines.map((engine) => `\`${engine}\``)])}
${row(['---', ...engines.map(() => '---')])}
${rows.join('\n')}
`;
}
