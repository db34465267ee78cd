import tseslint from 'typescript-eslint';

/** The habits of docs/architecture.md that a linter can check. Each ban says what to do instead. */
export default tseslint.config(
  { ignores: ['node_modules', 'cdk.out', 'cdk.out.*', '.countinghouse', 'coverage', '**/*.mjs', '**/*.cjs'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['lambdas/**', 'lib/**', 'bin/**'],
    rules: {
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ImportDeclaration[source.value="zod"] > :matches(ImportSpecifier, ImportDefaultSpecifier)',
          message:
            "Write import * as z from 'zod': the z object drags every locale into the bundle (440 KB instead of 80).",
        },
      ],
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Read the environment in the config.ts of a handler only, through its zod schema.',
        },
        { object: 'Date', property: 'now', message: 'Take the time from the Clock that is handed in.' },
        { object: 'Math', property: 'random', message: 'Take randomness from the Randomness that is handed in.' },
      ],
    },
  },
  {
    // Time and chance come from the scheduler and the seed, or a history could not be repeated.
    files: ['simulation/**'],
    rules: {
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Take the time from the scheduler.' },
        { object: 'Math', property: 'random', message: 'Take chance from the choices of the seed.' },
      ],
    },
  },
  {
    files: ['lambdas/handlers/*/config.ts', 'lambdas/adapters/environment-credentials.ts', 'bin/**'],
    rules: { 'no-restricted-properties': 'off' },
  },
  { files: ['local/**', 'bench/**', 'bin/**', 'simulation/run.ts', 'test/run.ts'], rules: { 'no-console': 'off' } },
  {
    files: ['test/**'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
