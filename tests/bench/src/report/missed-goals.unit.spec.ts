import { readFileSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '@meridian/test-harness';
import { expect, it } from 'vitest';

const read = (file: string) => readFileSync(path.join(repositoryRoot, 'docs', file), 'utf8');

/** What each `## name` of a Markdown page has below it. */
function sectionsOf(page: string): Map<string, string> {
  const [, ...sections] = page.split(/^## /m);
  return new Map(sections.map((text) => [text.slice(0, text.indexOf('\n')), text]));
}

/** A figure's name ends where its value begins. */
const MISSED = /^- ✗ Missed: (.*?) is (?:-?[\d.,]+|–)/gm;
const PARTS = { 'a profile': '```text\n', 'what was tried': '**Tried:**', 'the next idea': '**Next:**' };

/** What a page of figures says is missed and a page of explanations does not account for, a sentence each. */
function unaccounted(performance: string, explanation: string): string[] {
  const explained = sectionsOf(explanation);
  return [...sectionsOf(performance)].flatMap(([name, text]) => {
    const missed = [...text.matchAll(MISSED)].map(([, figure]) => figure as string);
    const section = explained.get(name) ?? '';
    return [
      ...missed.filter((figure) => !section.includes(`\`${figure}\``)).map((figure) => `${name}: ${figure}`),
      ...Object.entries(missed.length > 0 ? PARTS : {})
        .filter(([, mark]) => !section.includes(mark))
        .map(([part]) => `${name}: ${part}`),
    ];
  });
}

const PAGE = `# Performance\n\n## drain\n\n- ✗ Missed: ours, CPU is 1.2 × (goal: at most 1 ×)\n- ✓ Met: ours, MB is 3 MB\n\n## lag\n\n- ✓ Met: p50 is 2 ms\n`;
const SECTION = '## drain\n\n`ours, CPU`\n\n```text\n50 % read\n```\n\n**Tried:** less.\n\n**Next:** more.\n';

it('a missed goal wants its section, with a profile, what was tried and the next idea', () => {
  expect(unaccounted(PAGE, `# Where\n\n${SECTION}`)).toEqual([]);
  expect(unaccounted(PAGE, '# Where\n')).toEqual([
    ...['drain: ours, CPU', 'drain: a profile', 'drain: what was tried', 'drain: the next idea'],
  ]);
  expect(unaccounted(PAGE, SECTION.replace('CPU', 'MB').replace('Next', 'Never'))).toEqual([
    ...['drain: ours, CPU', 'drain: the next idea'],
  ]);
  expect(unaccounted(PAGE.replace('drain', 'lag-2'), SECTION)).toHaveLength(4);
});

it('every goal that the page of figures says is missed is accounted for', () => {
  const performance = read('reference/performance.md');
  expect(performance.match(/✓ Met|✗ Missed/g)?.length).toBeGreaterThan(0);
  expect(unaccounted(performance, read('explanation/where-the-time-goes.md'))).toEqual([]);
});
