/**
 * Who may import whom. Turbo's boundaries look at package.json files; these rules look at the import statements
 * themselves, so a relative path around a package's `exports` is caught too. `tests/fences/run.mjs` runs them twice:
 * on the code base, and on a canary that breaks each one and must be caught.
 */
const PURE = 'epochs|hlc|crdt|regions|contracts|consistency|record-batches';
const CANARY = 'tests/fences/canary/';
const ADAPTERS = 'outbox|inbox|kafka|telemetry|region-client';
/** Those that bring Nest along. */
const KITS = 'service-kit|replication|conflicts';

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'Two modules that need each other are one module, or lack a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'pure-stays-pure',
      comment: 'What is pure can be simulated and proved; one import of a process, a socket or a framework ends that.',
      severity: 'error',
      from: { path: `^(tests/fences/canary/)?libs/(${PURE})/src/`, pathNot: '\\.(spec|fixture)\\.ts$' },
      to: {
        path: [`(^|/)libs/(?!(${PURE})/)`, '^(apps|infra)/', 'node_modules/(?!(zod|@meridian)/)'],
      },
    },
    {
      name: 'pure-needs-no-machine',
      comment: 'Time, randomness and files are passed in.',
      severity: 'error',
      from: { path: `^(tests/fences/canary/)?libs/(${PURE})/src/`, pathNot: '\\.(spec|fixture)\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'domain-stays-pure',
      comment: 'A decision that a framework or a database takes part in cannot be tested by given / when / then.',
      severity: 'error',
      from: { path: '(^|/)apps/[^/]+/src/domain/', pathNot: '\\.spec\\.ts$' },
      to: {
        dependencyTypes: ['core'],
      },
    },
    {
      name: 'domain-knows-no-framework',
      comment: 'The same, for packages: the domain knows pure libs and nothing else.',
      severity: 'error',
      from: { path: '(^|/)apps/[^/]+/src/domain/', pathNot: '\\.spec\\.ts$' },
      to: {
        path: [
          'node_modules/(@nestjs|@prisma|pg|kafkajs|fastify)/',
          `(^|/)libs/(${ADAPTERS}|${KITS})/`,
          '/persistence/',
          '/generated/',
        ],
      },
    },
    {
      name: 'kafkajs-behind-one-lib',
      comment: 'The settings under which kafkajs loses nothing stand in one place (docs/adr/0001).',
      severity: 'error',
      from: { pathNot: '^libs/kafka/' },
      to: { path: 'node_modules/kafkajs/' },
    },
    {
      name: 'no-app-imports-an-app',
      comment: 'Apps meet over HTTP and Kafka; what two of them need is a lib.',
      severity: 'error',
      from: { path: '(^|/)apps/([^/]+)/' },
      to: { path: '(^|/)apps/([^/]+)/', pathNot: '(^|/)apps/$2/' },
    },
    {
      name: 'libs-know-no-app',
      comment: 'Dependencies point one way: app to lib.',
      severity: 'error',
      from: { path: '(^|/)libs/' },
      to: { path: '(^|/)apps/' },
    },
    {
      name: 'adapters-know-no-kit',
      comment: 'An adapter can be copied out of here on its own; it must not bring Nest along.',
      severity: 'error',
      from: { path: `(^|/)libs/(${ADAPTERS})/src/` },
      to: { path: [`(^|/)libs/(${KITS})/`, 'node_modules/@nestjs/'] },
    },
    {
      name: 'packages-by-their-front-door',
      comment: 'A relative path into another package goes around its exports.',
      severity: 'error',
      from: { path: `^(?:${CANARY})?(apps|libs|infra|tests)/([^/]+)/` },
      to: {
        path: `^(?:${CANARY})?(apps|libs|infra|tests)/([^/]+)/`,
        pathNot: `^(?:${CANARY})?$1/$2/`,
        dependencyTypesNot: ['aliased-workspace'],
      },
    },
    {
      name: 'tests-are-black-box',
      comment: 'The e2e tests and drills know the system by HTTP, Kafka and SQL, as its users do.',
      severity: 'error',
      from: { path: `^(${CANARY})?tests/(e2e|drills|compose)/` },
      to: { path: [`(^|/)libs/(${ADAPTERS}|${KITS})/`, '(^|/)apps/'] },
    },
    {
      name: 'simulation-plays-domains',
      comment:
        'It plays what is pure for real and models the rest: of an app it takes the domain, which is pure, and nothing else.',
      severity: 'error',
      from: { path: `^(${CANARY})?tests/simulation/` },
      to: { path: [`(^|/)libs/(${ADAPTERS}|${KITS})/`, '(^|/)apps/(?![^/]+/src/domain/)'] },
    },
    {
      name: 'resolvable',
      comment: 'An import that resolves to nothing makes every other rule blind to it.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(/dist/|/generated/)' },
    tsConfig: { fileName: 'tsconfig.base.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
