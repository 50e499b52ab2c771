import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Cell, firstRoutingTable, LIFE_CYCLE, mayRead, mayWrite, REGION_EVENTS, REGION_STATES } from './index.ts';

const root = new URL('../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const spec = read('SPEC.md');
const rules = spec
  .split(/^### (?=R\d+: )/m)
  .slice(1)
  .map((text) => ({
    id: /^R\d+/.exec(text)?.[0] ?? '',
    enforcedBy: [...text.matchAll(/^\*\*Enforced by\*\* `(.+)` in `(.+)`$/gm)].map(([, name = '', file = '']) => ({
      name,
      file,
    })),
    tests: [...text.matchAll(/^\*\*Test\*\* `(.+)` in `(.+)`$/gm)].map(([, title = '', file = '']) => ({
      title,
      file,
    })),
  }));

/** Where rules have their tests: here, and where apps keep to them. */
const TESTED_IN = ['src', '../../apps/control/src', '../../apps/control/src/domain', '../../apps/edge/src/proxy'];

/** The titles that begin with the number of a rule, in the words of the spec files. */
const numberedTests = TESTED_IN.flatMap((folder) =>
  readdirSync(new URL(`${folder}/`, root))
    .filter((file) => file.endsWith('.spec.ts') && file !== 'spec.unit.spec.ts')
    .map((file) => `${folder}/${file}`),
).flatMap((file) => [...read(file).matchAll(/'(R\d+ [^']+?)(?:: %s)?'/g)].map(([, title]) => ({ title, file })));

describe('SPEC.md', () => {
  it('numbers its rules from R1 on without a gap', () => {
    expect(rules.length).toBeGreaterThan(10);
    expect(rules.map(({ id }) => id)).toEqual(rules.map((_, i) => `R${i + 1}`));
  });

  it.each(rules)('$id is enforced by code that exists', ({ enforcedBy }) => {
    expect(enforcedBy.length).toBeGreaterThan(0);
    for (const { name, file } of enforcedBy)
      expect(read(file)).toMatch(new RegExp(`(?:function|const|class) ${name}\\b`));
  });

  it.each(rules)('$id is tested by tests that exist and carry its number', ({ id, tests }) => {
    expect(tests.length).toBeGreaterThan(0);
    for (const test of tests) {
      expect(numberedTests).toContainEqual(test);
      expect(test.title.split(' ')[0]).toBe(id);
    }
  });

  it('names every test that carries the number of a rule', () => {
    const named = rules.flatMap(({ tests }) => tests);
    for (const test of numberedTests) expect(named).toContainEqual(test);
  });

  it('says of every state whether it reads and writes', () => {
    const first = firstRoutingTable(['a']);
    for (const state of REGION_STATES) {
      const table = { ...first, regions: { a: { state, weight: 1, sinceEpoch: 0 } } };
      const passive = { ...table, mode: { kind: 'active-passive', primary: 'b' } } as const;
      const reads = mayRead(table, 'a') ? 'yes' : mayRead(passive, 'a') ? 'in active-passive only' : 'no';
      const row = new RegExp(`^\\| \`${state}\` +\\| ${reads} +\\| ${mayWrite(table, 'a') ? 'yes' : 'no'} +\\|`, 'm');
      expect(spec).toMatch(row);
    }
  });

  it('shows the transition table of the code', () => {
    const shown = (cell: Cell) => (cell === 'already' ? '·' : 'to' in cell ? `\`${cell.to}\`` : '—');
    const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
    const lines = spec.split('\n').map((line) => line.replace(/ +/g, ' '));
    expect(lines).toContain(row(['state', ...REGION_EVENTS]));
    for (const state of REGION_STATES)
      expect(lines).toContain(row([`\`${state}\``, ...REGION_EVENTS.map((event) => shown(LIFE_CYCLE[state][event]))]));
  });
});
