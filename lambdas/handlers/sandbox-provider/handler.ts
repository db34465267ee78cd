import { jsonAnswer, readUrlEvent } from '../../middleware/function-url';
import type { UrlAnswer, UrlRequest } from '../../middleware/function-url';
import { errorFields } from '../../middleware/log';
import { securityHeaders } from '../../routes/response-headers';
import { accountOf, endpointIdOf } from '../../sandbox/account';
import { answerAt } from '../../sandbox/books';
import { paymentPage } from '../../sandbox/page';
import { payOut, payoutLines } from '../../sandbox/payouts';
import { authorize, complete, followUp, workInDashboard } from '../../sandbox/service';
import type { Reaction, SandboxPorts } from '../../sandbox/service';
import { bindDependencies } from './dependencies';
import type { SandboxProviderDeps } from './dependencies';
import {
  authorizationBody,
  dashboardBody,
  endpointBody,
  followUpBody,
  linesAfter,
  operationId,
  payoutBody,
} from './requests';

/** Longer than any client of ours waits for an answer, shorter than this function may run. */
const holdAnswerMs = 8_000;

/** Each endpoint is sent every event: without a limit one account could make any number of messages of one request. */
const maxEndpoints = 20;

const followUps = { captures: 'capture', cancellations: 'cancellation', refunds: 'refund' } as const;

/** The built-in payment provider: a small HTTP API with an API key, and a page for customers. */
export function newSandboxProvider(deps: SandboxProviderDeps) {
  return async (event: unknown): Promise<UrlAnswer> => {
    const request = readUrlEvent(event);
    try {
      const page = /^\/pay\/([0-9a-f]{24})\.([A-Za-z0-9_-]{1,64})$/.exec(request.path);
      if (page !== null) return await showPage(deps, request, page[1] ?? '', page[2] ?? '');
      const account = accountOf(request.headers.authorization);
      if (account === undefined) return failure(401, 'invalid_api_key');
      return await answer(deps, request, account);
    } catch (error) {
      deps.log.error('sandbox request failed', { requestId: request.requestId, ...errorFields(error) });
      return failure(500, 'internal');
    }
  };
}

async function answer(deps: SandboxProviderDeps, request: UrlRequest, account: string): Promise<UrlAnswer> {
  const { method, path } = request;
  const operation = /^\/v1\/operations\/([A-Za-z0-9_-]{1,64})$/.exec(path)?.[1];
  if (method === 'GET' && operation !== undefined) {
    const found = await deps.store.operation(account, operation);
    return found === undefined ? failure(404, 'unknown_operation') : jsonAnswer(200, answerAt(found, deps.clock.now()));
  }
  const payout = /^\/v1\/payouts\/([A-Za-z0-9_-]{1,64})\/lines$/.exec(path)?.[1];
  if (method === 'GET' && payout !== undefined) {
    const after = linesAfter.safeParse(request.query.after ?? 0);
    if (!after.success) return failure(400, 'invalid_request');
    const page = await payoutLines(deps, account, payout, after.data);
    return page === undefined ? failure(404, 'unknown_payout') : jsonAnswer(200, page);
  }
  if (method === 'GET' && path === '/v1/account') return jsonAnswer(200, { id: account });
  if (method === 'GET' && path === '/v1/effects') {
    const id = operationId.safeParse(request.query.payment);
    const payment = id.success ? await deps.store.payment(account, id.data) : undefined;
    const effects = payment?.effects ?? [];
    return jsonAnswer(200, { count: effects.length, effects });
  }
  if (method === 'GET' && path === '/v1/webhook-endpoint') {
    const wanted = endpointIdOf(request.query.url ?? '');
    const found = (await deps.store.endpoints(account)).find(({ id }) => id === wanted);
    return found === undefined ? failure(404, 'unknown_endpoint') : jsonAnswer(200, { id: found.id, url: found.url });
  }
  if (method === 'PUT' && path === '/v1/webhook-endpoint') {
    const body = endpointBody.safeParse(jsonOf(request));
    if (!body.success) return failure(400, 'invalid_request');
    const endpoint = { id: endpointIdOf(body.data.url), ...body.data };
    const others = (await deps.store.endpoints(account)).filter(({ id }) => id !== endpoint.id);
    if (others.length >= maxEndpoints) return failure(422, 'too_many_endpoints');
    await deps.store.register(account, endpoint);
    return jsonAnswer(200, { id: endpoint.id });
  }
  if (method === 'POST') {
    const key = operationId.safeParse(request.headers['idempotency-key']);
    if (!key.success) return failure(400, 'idempotency_key_missing');
    if (path === '/v1/payouts') return makePayout(deps, request, account, key.data);
    const reaction = await operate(deps, request, account, key.data);
    if (reaction !== undefined) return react(deps, reaction);
  }
  return failure(404, 'unknown_route');
}

async function operate(
  deps: SandboxProviderDeps,
  request: UrlRequest,
  account: string,
  key: string,
): Promise<Reaction | 'invalid' | undefined> {
  if (request.path === '/v1/authorizations') {
    const body = authorizationBody.safeParse(jsonOf(request));
    return body.success ? authorize(portsOf(deps, request), account, { ...body.data, operationId: key }) : 'invalid';
  }
  const [, dashboard, name] = /^\/v1\/(dashboard\/)?([a-z]+)$/.exec(request.path) ?? [];
  const kind = Object.entries(followUps).find(([each]) => each === name)?.[1];
  if (kind === undefined) return undefined;
  if (dashboard !== undefined) {
    const body = dashboardBody.safeParse(jsonOf(request));
    return body.success
      ? workInDashboard(portsOf(deps, request), account, { ...body.data, operationId: key, kind })
      : 'invalid';
  }
  const body = followUpBody.safeParse(jsonOf(request));
  return body.success ? followUp(portsOf(deps, request), account, { ...body.data, operationId: key, kind }) : 'invalid';
}

async function makePayout(
  deps: SandboxProviderDeps,
  request: UrlRequest,
  account: string,
  key: string,
): Promise<UrlAnswer> {
  const body = payoutBody.safeParse(jsonOf(request));
  if (!body.success) return failure(400, 'invalid_request');
  const { currency } = body.data;
  const paid = await payOut(portsOf(deps, request), account, { key, currency });
  if (paid.result === 'nothing-due') return failure(422, 'nothing_due');
  const { id, amount, arrivesOn } = paid.payout;
  return jsonAnswer(200, { id, amount, currency: paid.payout.currency, arrivesOn });
}

async function react(deps: SandboxProviderDeps, reaction: Reaction | 'invalid'): Promise<UrlAnswer> {
  if (reaction === 'invalid') return failure(400, 'invalid_request');
  switch (reaction.result) {
    case 'answered':
      if (reaction.holdsAnswer) await deps.sleep(holdAnswerMs);
      return jsonAnswer(200, reaction.operation.answer);
    case 'ignored':
      await deps.sleep(holdAnswerMs);
      return failure(500, 'internal');
    case 'unknown-payment':
      return failure(404, 'unknown_payment');
    case 'key-reused':
      return failure(422, 'idempotency_key_reused');
  }
}

/** GET shows the payment to the customer, POST takes the answer. The address is known to whoever was sent to it, as usual. */
async function showPage(
  deps: SandboxProviderDeps,
  request: UrlRequest,
  account: string,
  paymentId: string,
): Promise<UrlAnswer> {
  const payment = await deps.store.payment(account, paymentId);
  const known = payment === undefined ? undefined : await deps.store.operation(account, payment.authorizationId);
  if (known === undefined) return failure(404, 'unknown_payment');
  if (request.method === 'GET') return html(200, paymentPage(known));
  if (request.method !== 'POST') return failure(405, 'method_not_allowed');
  const result = new URLSearchParams(request.body.toString()).get('result');
  if (result !== 'approve' && result !== 'decline') return failure(400, 'invalid_request');
  const completed = await complete(portsOf(deps, request), account, paymentId, result === 'approve');
  return html(200, paymentPage(completed ?? known));
}

/** The webhooks that a request causes carry its id. */
function portsOf(deps: SandboxProviderDeps, { requestId }: UrlRequest): SandboxPorts {
  return { ...deps, requestId };
}

function jsonOf(request: UrlRequest): unknown {
  try {
    const value: unknown = JSON.parse(request.body.toString());
    return value;
  } catch {
    return undefined;
  }
}

function failure(statusCode: number, error: string): UrlAnswer {
  return jsonAnswer(statusCode, { error });
}

function html(statusCode: number, body: string): UrlAnswer {
  return {
    statusCode,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      ...securityHeaders,
      'content-security-policy': "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
    },
    body,
  };
}

export const handler = newSandboxProvider(bindDependencies());
