/** @type {import('jest').Config} */
const config = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/cdk.out', '<rootDir>/.countinghouse'],
  transform: {
    '^.+\\.(ts|js|mjs)$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } },
    ],
  },
  // These ship ES modules only; everything else in node_modules is used as it is.
  transformIgnorePatterns: [
    '/node_modules/(?!(@middy|@aws-lambda-powertools|fauxqs|ulid|otplib|@otplib|@scure|@noble|toad-cache|valibot)/)',
  ],
  testTimeout: 30_000,
  maxWorkers: 2,
};

export default config;
