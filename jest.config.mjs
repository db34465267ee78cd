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

/**
 * Two projects: `unit` needs nothing; `cloud` shares one local cloud, which its setup starts and which its tests use one
 * after the other (`npm test` runs it in band).
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
      testPathIgnorePatterns: ['<rootDir>/test/(journeys|faults)/'],
    },
    {
      ...transformed,
      displayName: 'cloud',
      testMatch: ['<rootDir>/test/(journeys|faults)/**/*.test.ts'],
      globalSetup: '<rootDir>/test/support/shared-cloud-setup.ts',
      globalTeardown: '<rootDir>/test/support/shared-cloud-teardown.ts',
    },
  ],
};

export default config;
