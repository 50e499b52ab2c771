import { describe, expect, it } from 'vitest';
import { type CpuProfile, summariseProfile, topSelfTimes } from './summarise-profile.ts';

const frame = (functionName: string, url = '', lineNumber = -1) => ({ functionName, url, lineNumber });

/** main 100 ms → copy 500 ms → write 300 ms; main → log 10 ms; write, called from elsewhere, 90 ms; idle 2 s. */
const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 6, 7] },
    { id: 2, callFrame: frame('main', 'file:///home/me/meridian/apps/replicator/dist/main.js', 9), children: [3, 5] },
    { id: 3, callFrame: frame('copy', 'file:///home/me/meridian/node_modules/@a/b/dist/copy.js', 0), children: [4] },
    { id: 4, callFrame: frame('write', 'node:net', 41) },
    { id: 5, callFrame: frame('log', 'node:console', 0) },
    { id: 6, callFrame: frame('(idle)') },
    { id: 7, callFrame: frame('write', 'node:net', 41) },
  ],
  samples: [2, 3, 3, 4, 5, 6, 7, 7],
  timeDeltas: [100_000, 250_000, 250_000, 300_000, 10_000, 2_000_000, 90_000, -5],
};

describe('the summary of a profile', () => {
  it('says of each function how long it was itself on top, from wherever it was called', () =>
    expect(topSelfTimes(profile)).toEqual([
      { name: 'copy @a/b/dist/copy.js:1', share: 0.5 },
      { name: 'write node:net:42', share: 0.39 },
      { name: 'main apps/replicator/dist/main.js:10', share: 0.1 },
      { name: 'log node:console:1', share: 0.01 },
    ]));

  it('draws who called whom, with all that was called, the longest first, and leaves out what is little', () =>
    expect(summariseProfile(profile)).toContain(
      [
        'With all that is called from there (from 2 % on):',
        ' 91.0 % main apps/replicator/dist/main.js:10',
        ' 80.0 %  copy @a/b/dist/copy.js:1',
        ' 30.0 %   write node:net:42',
        '  9.0 % write node:net:42',
        '',
      ].join('\n'),
    ));

  it('counts no idling as work, and says how much there was', () =>
    expect(summariseProfile(profile)).toContain('It worked for 1.0 s and idled for 2.0 s'));

  it('joins what V8 keeps apart of one function with one caller', () => {
    const children: Record<number, number[]> = { 1: [2, 6], 2: [3, 4, 5, 7], 3: [] };
    const nodes = profile.nodes.map((node) => ({ ...node, children: children[node.id] ?? [] }));
    expect(summariseProfile({ ...profile, nodes }).endsWith(' 39.0 %  write node:net:42\n')).toBe(true);
  });

  it('has what calls itself once, and how modules are loaded as one', () => {
    const loads = (id: number, name: string, child: number) => {
      return { id, callFrame: frame(name, 'node:internal/modules/esm/loader', id), children: [child] };
    };
    const nodes = [
      { id: 1, callFrame: frame('(root)'), children: [2] },
      ...[loads(2, 'link', 3), loads(3, 'resolve', 4), loads(4, 'link', 5)],
      { id: 5, callFrame: frame('walk', 'node:fs', 0), children: [6] },
      { id: 6, callFrame: frame('walk', 'node:fs', 0) },
    ];
    expect(summariseProfile({ nodes, samples: [2, 4, 5, 6], timeDeltas: [1, 1, 1, 1] })).toContain(
      [
        'With all that is called from there (from 2 % on):',
        '100.0 % (module loader)',
        ' 50.0 %  walk node:fs:1',
        '',
      ].join('\n'),
    );
  });

  it('that holds no work is refused', () =>
    expect(() => summariseProfile({ nodes: [], samples: [], timeDeltas: [] })).toThrow(/no sample/));
});
