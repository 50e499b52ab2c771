import { describe, expect, it } from 'vitest';
import { DRILLS } from './src/catalogue.ts';
import { renderResult } from './src/report/render-result.ts';
import { runDrill, type Settings } from './src/run-drill.ts';

/** Every drill both ways, but for those on demand: what it claims holds, and it would say so if it did not. */
const settings: Settings = { scale: 'quick', seed: 1, sabotage: false, say: (line) => console.log(`  ${line}`) };

describe.each(DRILLS.filter(({ onDemand }) => onDemand !== 'all'))('$name', (drill) => {
  it('holds', async () => {
    const result = await runDrill(drill, settings);
    console.log(renderResult(result));
    expect(result.valid, renderResult(result)).toBe(true);
  });

  if (drill.onDemand === undefined)
    it(`notices: ${drill.sabotage}`, async () => {
      const result = await runDrill(drill, { ...settings, sabotage: true });
      expect(result.valid, renderResult(result)).toBe(false);
    });
});
