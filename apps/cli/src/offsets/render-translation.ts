import type { FoundBy, TranslateOffsetsResponse } from '@meridian/contracts';
import { type Cell, type Column, renderTable } from '../terminal/render-table.ts';
import type { Paint, Tone } from '../terminal/terminal.ts';

const WORDS: Record<FoundBy, [Tone, string]> = {
  'first-unread': ['good', 'the first unread record'],
  'newest-copied': ['good', 'all that is copied was read'],
  'last-read': ['good', 'behind the last one read'],
  beginning: ['warn', 'no record in common: the beginning'],
};

export function renderTranslation(
  { from, to, positions }: TranslateOffsetsResponse,
  options: { width: number; paint: Paint },
): string {
  const columns: Column[] = [
    { title: from },
    { title: 'offset', align: 'right' },
    { title: to },
    { title: 'offset', align: 'right' },
    { title: 'unread', align: 'right' },
    { title: 'found by', shrink: true },
  ];
  const rows = positions.map((position): Cell[] => {
    const [tone, words] = WORDS[position.foundBy];
    return [
      `${position.from.topic}/${position.from.partition}`,
      position.from.offset,
      `${position.to.topic}/${position.to.partition}`,
      position.to.offset,
      String(position.unread),
      position.readAgain ? { text: `${words}; ${position.readAgain} will come`, tone: 'warn' } : { text: words, tone },
    ];
  });
  return renderTable(columns, rows, options);
}

/** What follows from it, in as many sentences as there are things to know. */
export function translationSentences(translation: TranslateOffsetsResponse): string[] {
  const { group, from, to, members, applied, positions, withoutCounterpart } = translation;
  const again = positions.reduce((sum, { readAgain }) => sum + (readAgain ?? 0), 0);
  const unknown = positions.filter(({ foundBy }) => foundBy === 'beginning').length;
  return [
    applied
      ? `Committed: ${group} reads on in ${to} there.`
      : `Nothing was committed; --apply does it${members.to > 0 ? `, once ${group} has no members in ${to}` : ''}.`,
    ...(members.from > 0
      ? [
          `${group} is being read in ${from} (${count(members.from, 'member')}): what it reads from now on it reads again.`,
        ]
      : []),
    ...(again > 0
      ? [
          `${count(again, 'record')} that it has read ${again === 1 ? 'is' : 'are'} not copied yet, and will be read again; wait for the lag to be 0 to spare that.`,
        ]
      : []),
    ...(unknown > 0 ? [`Of ${count(unknown, 'partition')} nothing that it has read is there: all of it is read.`] : []),
    ...(withoutCounterpart.length > 0 ? [`In ${from} alone: ${withoutCounterpart.join(', ')}.`] : []),
  ];
}

/** One line of `--every`. */
export function followingSentence(translation: TranslateOffsetsResponse, at: Date): string {
  const { group, to, members, applied, positions } = translation;
  const unread = positions.reduce((sum, position) => sum + position.unread, 0);
  const time = at.toISOString().slice(11, 19);
  if (members.to > 0) return `${time}  ${group} is read in ${to} now.`;
  return `${time}  ${count(positions.length, 'position')} ${applied ? 'committed' : 'translated'}, ${unread} unread in ${to}`;
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
