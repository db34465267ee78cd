// The tests run on the oldest Node that is supported; the SDK need not say so in every worker.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const transformed = {
  testEnvironment: 'node',
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/.countinghouse'],
  transform: {
    '^.+\\.(ts|js|mjs)$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } },
    ],
  },
  // These ship ES modules only; everything else in node_modules is used as it is.
  transformIgnorePatterns: ['/node_modules/(?!(@middy|@aws-lambda-powertools|ulid|otplib|@otplib|@scure|@noble)/)'],
};

/** One local cloud for all tests of a project, which its setup starts and which they use one after the other. */
const inACloud = {
  ...transformed,
  globalSetup: '<rootDir>/test/support/shared-cloud-setup.ts',
  globalTeardown: '<rootDir>/test/support/shared-cloud-teardown.ts',
};

/** What a cloud has written is looked through when all else has run in it. */
const secretScan = '<rootDir>/test/journeys/secret-scan.test.ts';

/**
 * `unit` needs nothing. `journeys` and `faults` have a local cloud each; `npm test` runs the two beside each other, and each of
 * them in band.
 *
 * @type {import('jest').Config}
 */
const config = {
  maxWorkers: 2,
  testTimeout: 60_000,
  testSequencer: '<rootDir>/test/support/sequencer.cjs',
  projects: [
    {
      ...transformed,
      displayName: 'unit',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: ['<rootDir>/test/(journeys|faults|isolation)/'],
    },
    { ...inACloud, displayName: 'journeys', testMatch: ['<rootDir>/test/journeys/**/*.test.ts'] },
    {
      ...inACloud,
      displayName: 'faults',
      testMatch: ['<rootDir>/test/(faults|isolation)/**/*.test.ts', secretScan],
    },
  ],
};

export default config;
