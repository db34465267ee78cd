/**
 * The module map: who may import whom. The one source of the dependency rules that `npm test` checks
 * (.dependency-cruiser.mjs) and of docs/generated/module-map.md.
 *
 * `path` is a regular expression over repository paths; `may` names the modules that it may import beside itself;
 * `packages` the npm packages ('none', 'any', or a list of regular expressions); `instead` is what a failing check says.
 */
export const modules = [
  {
    name: 'kernel',
    path: '^lambdas/kernel/',
    holds: 'clock, ids, money, results, redaction, and the ports of journal, views, leases, rate limits and sealing',
    may: [],
    packages: 'none',
    instead: 'The kernel knows no SDK and no other module. Declare a port here and implement it in lambdas/adapters.',
  },
  {
    name: 'env',
    path: '^lambdas/env\\.ts$',
    holds: 'the names of functions and environment variables, declared once',
    may: [],
    packages: 'none',
    instead: 'Names only. Values are parsed in the config.ts of a handler.',
  },
  {
    name: 'domain',
    path: '^lambdas/domain/',
    holds: 'pure rules: entities, deciders, use cases, and the ports that they need',
    may: ['kernel', 'env'],
    packages: ['^zod$', '^otplib$'],
    instead: 'Domain code is pure. Take what you need through a port in the module and bind it in dependencies.ts.',
  },
  {
    name: 'routes',
    path: '^lambdas/routes(/|\\.ts$)',
    holds: 'the route table with its schemas',
    may: ['kernel', 'env', 'domain'],
    packages: ['^zod$'],
    instead: 'The table is data that lib reads too. Behaviour belongs into the handler of the route.',
  },
  {
    name: 'middleware',
    path: '^lambdas/(middleware/|openapi\\.ts$)',
    holds: 'the standard chain of links in front of every route, logging, metrics, problem+json',
    may: ['kernel', 'env', 'domain', 'routes'],
    packages: ['^@middy/', '^@aws-lambda-powertools/', '^zod$', '^aws-lambda$', '^@types/aws-lambda$'],
    instead: 'Middleware takes ports in its options; only dependencies.ts of a handler binds adapters.',
  },
  {
    name: 'adapters',
    path: '^lambdas/adapters/',
    holds: 'the only code that touches the AWS SDK or a provider',
    may: ['kernel', 'env', 'domain'],
    packages: 'any',
    instead: 'An adapter implements a port of kernel or domain. It must not know HTTP routes or middleware.',
  },
  {
    name: 'sandbox',
    path: '^lambdas/sandbox/',
    holds: 'the built-in payment provider: another party, with rules and books of its own',
    may: ['kernel', 'env', 'adapters'],
    packages: 'any',
    instead: 'The sandbox plays a foreign company. It may not look into our domain; they meet over HTTP only.',
  },
  {
    name: 'handlers',
    path: '^lambdas/handlers/',
    holds: 'the functions: a factory each, its dependencies and its configuration',
    may: ['kernel', 'env', 'domain', 'routes', 'middleware', 'adapters', 'sandbox'],
    packages: ['^zod$', '^aws-lambda$', '^@types/aws-lambda$', '^qrcode$', '^standardwebhooks$', '^@middy/'],
    instead: 'A handler reads straight down: rules belong into domain, SDK calls into adapters.',
  },
  {
    name: 'lib',
    path: '^lib/',
    holds: 'infrastructure as code: config, constructs, stacks',
    may: ['routes', 'env'],
    packages: 'any',
    instead: 'lib takes from lambdas only the route table and the env names, and finds code by path.',
  },
  {
    name: 'bin',
    path: '^bin/',
    holds: 'the CDK app and the operator commands',
    may: ['lib', 'routes', 'env', 'middleware', 'kernel'],
    packages: 'any',
    instead: 'Composition only: put what you need into lib (infrastructure) or lambdas (behaviour).',
  },
  {
    name: 'local',
    path: '^local/',
    holds: 'the local cloud: development only, never deployed',
    may: ['env', 'routes', 'kernel'],
    packages: 'any',
    instead: 'The local cloud runs the synthesized assembly; it must not reach into product code.',
  },
  {
    name: 'bench',
    path: '^bench/',
    holds: 'the benchmark that counts',
    may: ['local', 'lib', 'env', 'routes', 'kernel'],
    packages: 'any',
    instead: 'Measure through the local cloud; the composed peer lives in bench/peer and shares nothing with lambdas.',
  },
  {
    name: 'test',
    path: '^test/',
    holds: 'tests, mirroring the source',
    may: ['kernel', 'env', 'domain', 'routes', 'middleware', 'adapters', 'sandbox', 'handlers', 'lib', 'bin', 'local', 'bench'],
    packages: 'any',
    instead: 'Nothing imports test.',
  },
];
