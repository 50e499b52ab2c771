import type { Command } from 'commander';

/** What `--help` of a command says. */
export interface CommandText {
  /** Name and arguments, as commander writes them. */
  usage: string;
  summary: string;
  details?: string;
  /** Command line (without `npx meridian`) and what it does. */
  examples: readonly (readonly [string, string])[];
  /** What exit code 1 means here; 0 and 2 mean the same everywhere. */
  failsWhen: string;
  /** Meant when its parent is named alone. */
  isDefault?: true;
}

/** How wide a terminal may be taken to be. */
const WIDTH = 80;

export function defineCommand(parent: Command, text: CommandText): Command {
  const description = [text.summary.charAt(0).toUpperCase() + text.summary.slice(1), text.details];
  return parent
    .command(text.usage, { isDefault: text.isDefault })
    .summary(text.summary)
    .description(description.filter(Boolean).join('.\n\n').replace(/\.?$/, '.'))
    .option('--json', 'print JSON for programs instead of text')
    .option('--port-offset <n>', 'the instance whose ports are shifted by n (default: MERIDIAN_PORT_OFFSET, or 0)')
    .addHelpText(
      'after',
      `\nExamples:\n${renderExamples(text.examples)}\n\nExit codes:\n  0  done\n  1  ${text.failsWhen}\n  2  wrong usage, or a name that does not exist`,
    );
}

/** In two columns, or below each other where these would be too wide. */
function renderExamples(examples: CommandText['examples']): string {
  const lines = examples.map(([line, meaning]) => [`npx meridian ${line}`, meaning] as const);
  const longest = Math.max(...lines.map(([line]) => line.length));
  const inColumns = lines.map(([line, meaning]) => `  ${line.padEnd(longest)}  ${meaning}`);
  if (inColumns.every((line) => line.length <= WIDTH)) return inColumns.join('\n');
  return lines.map(([line, meaning]) => `  ${line}\n      ${meaning}`).join('\n');
}
