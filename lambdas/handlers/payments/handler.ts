import type * as z from 'zod';

import {
  changePayment,
  createPayment,
  paymentEntity,
  paymentStream,
  presentPayment,
  replayCreate,
  resolveOperation,
} from '../../domain/payments';
import type { Change, KeyedContext, Performed } from '../../domain/payments';
import { chooseConnection } from '../../domain/providers';
import type { PaymentMethod, Provider, ProviderName } from '../../domain/providers/provider';
import type { CommandContext } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import { invariant } from '../../kernel/invariant';
import { pageOf } from '../../middleware/lists';
import type { Problem } from '../../middleware/problem';
import { notFound } from '../../middleware/refusals';
import { newService } from '../../middleware/service';
import type { Endpoints, Service } from '../../middleware/service';
import type { paymentMethod } from '../../routes/payments';
import { payment as paymentSchema, paymentsRoutes } from '../../routes/payments';
import type { PaymentsDependencies } from './dependencies';
import { bindDependencies } from './dependencies';
import { connectionProblem, problemOf, replyTo, resolveProblem } from './replies';
import { pageOfCommits, presentCommit } from './timeline';

/** Payments of a tenant. Creating one takes two writes and no read beyond those of admission. */
export function newPayments(deps: PaymentsDependencies): Service {
  const portsOf = (tenant: string) => ({ ...deps, journal: deps.forTenant(tenant).journal });

  const endpoints: Endpoints<typeof paymentsRoutes> = {
    'payments.create': async ({ tenant, createdId: paymentId, firstCommit, body, context }) => {
      const ports = portsOf(tenant.id);
      if (firstCommit !== undefined) {
        const replayed = await replayCreate(ports, keyed(context), { tenant: tenant.id, paymentId });
        return replayed.ok ? replyTo(replayed.value, 201) : { problem: problemOf(replayed.error) };
      }
      const connection = chooseConnection(tenant.gate, body.connectionId);
      if (!connection.ok) return { problem: connectionProblem(connection.error) };
      const { id: connectionId, provider: providerName } = connection.value;
      const provider = await providerOf(deps, tenant.id, connectionId, providerName);
      const input = {
        tenant: tenant.id,
        paymentId,
        connectionId,
        amount: body.amount,
        capture: body.capture,
        method: methodOf(body.paymentMethod),
        ...(body.reference === undefined ? {} : { reference: body.reference }),
        ...(body.returnUrl === undefined ? {} : { returnUrl: body.returnUrl }),
      };
      const created = await createPayment(ports, keyed(context), input, provider);
      return created.ok ? replyTo(created.value, 201) : { problem: problemOf(created.error) };
    },

    'payments.list': async ({ tenant, query }) =>
      pageOf({
        cursors: await deps.cursors(),
        scope: ['payments', tenant.id],
        query,
        read: (page) => deps.forTenant(tenant.id).views.list({ tenant: tenant.id }, paymentEntity.kind, page),
        present: ({ data }) => paymentSchema.parse(data),
      }),

    'payments.get': async ({ tenant, params }) => {
      const { journal } = deps.forTenant(tenant.id);
      const stream = paymentStream(tenant.id, params.paymentId);
      const { state, version } = fold(paymentEntity, await journal.read(stream));
      if (state === undefined) return { problem: notFound };
      return { status: 200, body: presentPayment(state, version), version };
    },

    'payments.capture': async (request) => {
      const { amount } = request.body;
      const result = await change(request, { kind: 'capture', ...(amount === undefined ? {} : { amount }) });
      return 'problem' in result ? result : replyTo(result.performed, 200);
    },

    'payments.cancel': async (request) => {
      const result = await change(request, { kind: 'cancel' });
      return 'problem' in result ? result : replyTo(result.performed, 200);
    },

    'payments.refund': async (request) => {
      const { amount, reason } = request.body;
      const result = await change(request, {
        kind: 'refund',
        ...(amount === undefined ? {} : { amount }),
        ...(reason === undefined ? {} : { reason }),
      });
      return 'problem' in result ? result : replyTo(result.performed, 201);
    },

    'payments.resolve': async ({ tenant, params, body, context, ifMatch }) => {
      const { paymentId, operationId } = params;
      const { evidence } = body;
      const outcome =
        body.outcome === 'failed'
          ? { status: body.outcome, reason: body.reason }
          : { status: body.outcome, providerReference: body.providerReference, amount: body.amount };
      const resolved = await resolveOperation(
        { ...portsOf(tenant.id), references: deps.references },
        context,
        { tenant: tenant.id, paymentId, ifMatch },
        { operationId, outcome, evidence },
      );
      if (!resolved.ok) return { problem: resolveProblem(resolved.error) };
      const { state, version, replayed } = resolved.value;
      return { status: 200, body: presentPayment(state, version), version, replayed };
    },

    'payments.timeline': async ({ tenant, params, query }) => {
      const commits = await deps.forTenant(tenant.id).journal.read(paymentStream(tenant.id, params.paymentId));
      if (commits.length === 0) return { problem: notFound };
      const byVersion = new Map(commits.map((commit) => [commit.version, commit]));
      return pageOf({
        cursors: await deps.cursors(),
        scope: ['timeline', tenant.id, params.paymentId],
        query,
        read: async (page) => pageOfCommits(commits, page),
        present: ({ version }) => {
          const commit = byVersion.get(version);
          invariant(commit !== undefined, 'a page of commits that were read');
          return presentCommit(commit);
        },
      });
    },
  };

  async function change(
    request: {
      readonly tenant: { readonly id: string };
      readonly params: { readonly paymentId: string };
      readonly context: CommandContext;
      readonly ifMatch: number | undefined;
    },
    asked: Change,
  ): Promise<{ readonly performed: Performed } | { readonly problem: Problem }> {
    const { tenant, params, context, ifMatch } = request;
    const changed = await changePayment(
      portsOf(tenant.id),
      keyed(context),
      { tenant: tenant.id, paymentId: params.paymentId, ifMatch },
      asked,
      (payment) => providerOf(deps, tenant.id, payment.connectionId, payment.provider),
    );
    return changed.ok ? { performed: changed.value } : { problem: problemOf(changed.error) };
  }

  return newService(paymentsRoutes, endpoints, deps);
}

function methodOf(given: z.infer<typeof paymentMethod>): PaymentMethod {
  if ('hostedPage' in given) return { type: 'hosted-page' };
  const { token, customer } = given;
  return { type: 'token', token, ...(customer === undefined ? {} : { customer }) };
}

/** The client of a connection. Credentials are read before any intent is journaled: without them nothing begins. */
async function providerOf(
  deps: Pick<PaymentsDependencies, 'secrets' | 'providers'>,
  tenant: string,
  connectionId: string,
  name: ProviderName,
): Promise<Provider> {
  const secret = await deps.secrets.read(tenant, connectionId);
  invariant(secret !== undefined, 'an active connection has its secret');
  return deps.providers.of(name, secret);
}

/** The chain has demanded the key. */
function keyed(context: CommandContext): KeyedContext {
  const { key } = context.command;
  invariant(key !== undefined, 'a route that moves money demands an Idempotency-Key');
  return { ...context, command: { ...context.command, key } };
}

export const handler = newPayments(bindDependencies());
