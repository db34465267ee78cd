import { modules } from './module-map.mjs';

const pathOf = (name) => modules.find((module) => module.name === name).path;

const betweenModules = modules
  .filter((module) => module.name !== 'test')
  .map((module) => ({
    name: `${module.name}-imports`,
    severity: 'error',
    comment: module.instead,
    from: { path: module.path },
    to: {
      path: modules.map((other) => other.path),
      pathNot: [module.path, ...module.may.map(pathOf)],
    },
  }));

const packages = modules
  .filter((module) => module.packages !== 'any')
  .map((module) => ({
    name: `${module.name}-packages`,
    severity: 'error',
    comment: module.instead,
    from: { path: module.path },
    to: {
      dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'],
      ...(module.packages === 'none'
        ? {}
        : { pathNot: module.packages.map((name) => `node_modules/${name.replace(/^\^/, '').replace(/\$$/, '/')}`) }),
    },
  }));

const domains = [
  {
    name: 'domain-module-doors',
    severity: 'error',
    comment:
      'A domain module is entered through its index.ts (or its ports). Export what you need there, or move it to the kernel.',
    from: { path: '^lambdas/domain/([^/]+)/' },
    to: {
      path: '^lambdas/domain/([^/]+)/.+',
      pathNot: [
        '^lambdas/domain/$1/',
        '^lambdas/domain/[^/]+/(index|ports|provider|permissions|security-policy)\\.ts$',
      ],
    },
  },
];

/** @type {import('dependency-cruiser').IConfiguration} */
const config = {
  forbidden: [
    ...betweenModules,
    ...packages,
    ...domains,
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'Two files that need each other are one file, or share a third.',
      from: { path: '^(lambdas|lib|bin|local|simulation|bench)/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'copyleft-stays-local',
      severity: 'error',
      comment: '@cloud-copilot packages are AGPL: development only. Use them in local/ and test/ alone.',
      from: { pathNot: '^(local|test)/' },
      to: { path: 'node_modules/@cloud-copilot/' },
    },
    {
      name: 'not-to-dev-dep',
      severity: 'error',
      comment: 'A bundle may only hold production dependencies: move the package in package.json.',
      from: { path: '^lambdas/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(cdk\\.out|\\.countinghouse)(/|$)' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};

export default config;
