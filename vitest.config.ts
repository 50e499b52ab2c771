import { defineConfig } from 'vitest/config';

/**
 * One project per tier; the suffix of a file says which. `unit` and `simulation` need nothing, `int` one PostgreSQL and one Kafka,
 * `e2e` and `drill` three regions, `compose` three regions in containers. Sources are tested, not builds: the packages' `source` condition points there.
 */
const source = {
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'], externalConditions: ['source'] } },
};
const tier = (name: string, options: object = {}) => ({
  ...source,
  test: {
    name,
    include: [`{libs,apps,infra,tests}/**/*.${name}.spec.ts`],
    exclude: ['**/node_modules/**', '**/dist/**'],
    ...options,
  },
});

export default defineConfig({
  test: {
    projects: [
      tier('unit'),
      tier('simulation', { include: ['tests/simulation/*.sim.spec.ts'] }),
      tier('int', {
        globalSetup: ['tests/harness/src/one-of-each.ts'],
        testTimeout: 60_000,
        hookTimeout: 60_000,
        maxWorkers: 2,
      }),
      tier('e2e', {
        globalSetup: ['tests/harness/src/three-regions.ts'],
        setupFiles: ['tests/harness/src/each-region-has-its-share.ts'],
        testTimeout: 120_000,
        hookTimeout: 180_000,
        maxWorkers: 1,
        fileParallelism: false,
      }),
      // The acceptance of the e2e tier again, on containers, and what is true of containers alone.
      tier('compose', {
        include: [
          'tests/compose/*.compose.spec.ts',
          'tests/e2e/{one-trace,convergence,partition,region-loss}.e2e.spec.ts',
        ],
        env: { MERIDIAN_TEST_DEPLOYMENT: 'compose' },
        globalSetup: ['tests/harness/src/compose-up.ts'],
        setupFiles: ['tests/harness/src/each-region-has-its-share.ts'],
        testTimeout: 180_000,
        hookTimeout: 180_000,
        maxWorkers: 1,
        fileParallelism: false,
      }),
      tier('drill', {
        globalSetup: ['tests/harness/src/three-regions.ts'],
        setupFiles: ['tests/harness/src/each-region-has-its-share.ts'],
        testTimeout: 600_000,
        hookTimeout: 180_000,
        maxWorkers: 1,
        fileParallelism: false,
      }),
    ],
  },
});
