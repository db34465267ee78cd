import * as z from 'zod';

import { problems, problemType } from './routes/problems';
import type { ProblemSlug } from './routes/problems';
import type { Route } from './routes/route';
import { serverEntrance } from './routes/route';

type Json = Readonly<Record<string, unknown>>;

/**
 * The API as an OpenAPI 3.1 document, from the route table and nothing else. Schemas with an id of their own become components.
 * [https://spec.openapis.org/oas/v3.1.1.html]
 */
export function openApiDocument(routes: readonly Route[]): Json {
  const components = new Map<string, unknown>();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route, components) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Countinghouse',
      version: '1',
      description: [
        'A multi-tenant payments back office. Money is an integer of minor units; errors are problem+json.',
        `People call with the ID token of their sign-in. A tenant's own servers call what API keys may with a key, by the same paths behind \`${serverEntrance}\`.`,
      ].join(' '),
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [forPeople],
    security: [{ idToken: [] }],
    paths,
    components: {
      schemas: { Problem: problemSchema, ...Object.fromEntries([...components].sort(([a], [b]) => (a < b ? -1 : 1))) },
      responses: problemResponses(),
      headers,
      securitySchemes: {
        idToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'The ID token of a signed-in user',
        },
        apiKey: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'chk_<tenant>_<key>_<secret>',
          description: `An API key of the tenant in the path, behind \`${serverEntrance}\`. The scopes named must be among its own.`,
        },
      },
    },
  };
}

function operationOf(route: Route, components: Map<string, unknown>): Json {
  return {
    operationId: route.id,
    summary: route.summary,
    description: descriptionOf(route),
    tags: [route.function],
    ...(route.principal === 'public' ? { security: [] } : {}),
    ...(route.apiKeys
      ? { servers: [forPeople, forServers], security: [{ idToken: [] }, { apiKey: scopesOf(route) }] }
      : {}),
    parameters: [
      ...parametersOf(route.params, 'path', components),
      ...parametersOf(route.query, 'query', components),
      ...(route.idempotency === 'required' ? [idempotencyKey] : []),
      ...(route.problems.includes(412) ? [ifMatch] : []),
    ],
    ...(route.body === null
      ? {}
      : { requestBody: { required: true, content: json(schemaOf(route.body, components)) } }),
    responses: { ...successesOf(route, components), ...problemsOf(route) },
    'x-permission': route.permission,
    'x-scopes': scopesOf(route),
    'x-principal': route.principal,
    'x-step-up': route.stepUp,
    'x-rate-class': route.rateClass,
  };
}

/** What an API key must have among its scopes; empty where no key may call. */
function scopesOf({ apiKeys, permission }: Route): readonly string[] {
  return apiKeys && permission !== null ? [permission] : [];
}

function descriptionOf({ principal, permission, apiKeys, stepUp, idempotency }: Route): string {
  const who = {
    public: 'Anyone may call.',
    'signed-in': 'Any signed-in user may call.',
    'platform-admin': 'Super Admins only.',
    'tenant-member': `Active members of the tenant with the permission \`${permission ?? ''}\`.`,
  }[principal];
  return [
    who,
    secondFactor(stepUp),
    apiKeys
      ? `API keys with the scope \`${permission ?? ''}\` call it behind \`${serverEntrance}\`${stepUp === null ? '' : ', without a second factor'}.`
      : '',
    idempotency === 'required' ? 'The same Idempotency-Key with the same request gives the first result again.' : '',
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}

function secondFactor(stepUp: Route['stepUp']): string {
  if (stepUp === null) return '';
  if (stepUp === 'always') return 'A fresh second factor is needed, whatever the policy says.';
  if (stepUp === 'once-enrolled') return 'Whoever has a second factor needs a fresh one, whatever the policy says.';
  return `The policy flag \`require2faFor.${stepUp}\` decides whether a fresh second factor is needed.`;
}

function successesOf(route: Route, components: Map<string, unknown>): Json {
  return Object.fromEntries(
    Object.entries(route.responses).map(([status, schema]) => [
      status,
      {
        description: route.summary,
        headers: refs(['X-Request-Id', 'RateLimit', 'RateLimit-Policy', ...(isSingle(route) ? ['ETag'] : [])]),
        ...(schema === null ? {} : { content: json(schemaOf(schema, components)) }),
      },
    ]),
  );
}

function isSingle(route: Route): boolean {
  return Object.values(route.responses).some((schema) => schema instanceof z.ZodObject && 'version' in schema.shape);
}

/** What every route may answer, and what this one names beside. */
function problemsOf(route: Route): Json {
  const everywhere = route.principal === 'public' ? [404, 429, 500] : [400, 401, 403, 404, 429, 500, 503];
  const ofBody = route.body === null ? [] : [413, 415];
  const statuses = [...new Set([...everywhere, ...ofBody, ...route.problems])].sort((a, b) => a - b);
  return Object.fromEntries(
    statuses.map((status) => [String(status), { $ref: `#/components/responses/${problemResponse(status)}` }]),
  );
}

/** One response for every status: the problems that have it. */
function problemResponses(): Json {
  const statuses = [...new Set(slugs.map((slug) => problems[slug].status))].sort((a, b) => a - b);
  return Object.fromEntries(
    statuses.map((status) => [
      problemResponse(status),
      {
        description: slugsOf(status)
          .map((slug) => `\`${problemType(slug)}\``)
          .join(', '),
        headers: refs([
          'X-Request-Id',
          ...([409, 429, 503].includes(status) ? ['Retry-After'] : []),
          ...(status === 401 ? ['WWW-Authenticate'] : []),
        ]),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}

function problemResponse(status: number): string {
  return `Problem${String(status)}`;
}

function slugsOf(status: number): readonly ProblemSlug[] {
  return slugs.filter((slug) => problems[slug].status === status);
}

const slugs: readonly ProblemSlug[] = Object.keys(problems).filter((slug): slug is ProblemSlug => slug in problems);

function parametersOf(schema: z.ZodType, where: 'path' | 'query', components: Map<string, unknown>): readonly Json[] {
  if (!(schema instanceof z.ZodObject)) throw new Error(`parameters of a ${where} are an object`);
  return Object.entries(schema.shape).map(([name, field]) => {
    if (!(field instanceof z.ZodType)) throw new Error(`${name} has no schema`);
    const required = where === 'path' || !field.safeParse(undefined).success;
    return { name, in: where, required, schema: schemaOf(field, components) };
  });
}

/** A schema as JSON Schema 2020-12, as a caller must send it or may expect it; those with an id go to the components. */
function schemaOf(schema: z.ZodType, components: Map<string, unknown>): unknown {
  const { $schema: _, $defs: definitions, ...bare } = z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
  for (const [name, definition] of Object.entries(definitions ?? {})) components.set(name, rewritten(definition));
  return rewritten(bare);
}

function rewritten(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rewritten);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, member]: [string, unknown]) => !(name === 'id' && typeof member === 'string'))
      .map(([name, member]: [string, unknown]) => {
        if (name === '$ref' && typeof member === 'string') {
          return [name, member.replace('#/$defs/', '#/components/schemas/')];
        }
        return name === 'example' ? ['examples', [member]] : [name, rewritten(member)];
      }),
  );
}

function json(schema: unknown): Json {
  return { 'application/json': { schema } };
}

function refs(names: readonly string[]): Json {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

const forPeople = { url: '/', description: 'People, with an ID token' };

const forServers = { url: serverEntrance, description: "A tenant's own servers, with an API key" };

const text = { type: 'string' };

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: true,
  description: 'Yours, unique for this request: the request may be sent again without acting again.',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
};

const ifMatch = {
  name: 'If-Match',
  in: 'header',
  required: false,
  description: 'The ETag of the version that the change is meant for.',
  schema: { type: 'string', pattern: '^"\\d+"$' },
};

const headers = {
  'X-Request-Id': { description: 'Id of this request, in every log line and audit record of it', schema: text },
  ETag: { description: 'Version of the entity', schema: text },
  RateLimit: { description: 'What is left: `"<class>";r=<requests>;t=<seconds until there is more>`', schema: text },
  'RateLimit-Policy': { description: 'The limit: `"<class>";q=<requests>;w=<seconds>`', schema: text },
  'Retry-After': { description: 'Seconds to wait', schema: { type: 'integer', minimum: 1 } },
  'WWW-Authenticate': { description: 'What is missing [RFC 6750, RFC 9470]', schema: text },
};

/** [RFC 9457] */
const problemSchema = {
  type: 'object',
  properties: {
    type: { type: 'string', format: 'uri', description: 'Switch on this' },
    title: text,
    status: { type: 'integer' },
    detail: { type: 'string', description: 'For people. Absent from a 5xx.' },
    requestId: text,
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          in: { type: 'string', enum: ['body', 'query', 'header'] },
          pointer: { type: 'string', description: 'JSON Pointer as a URI fragment', examples: ['#/amount/currency'] },
          detail: text,
        },
        required: ['in', 'pointer', 'detail'],
      },
    },
  },
  required: ['type', 'title', 'status', 'requestId'],
};
