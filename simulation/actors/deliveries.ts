import '../function-env';
import { newDynamoRateLimiter } from '../../lambdas/adapters/dynamodb/dynamo-rate-limiter';
import { newDynamoViews } from '../../lambdas/adapters/dynamodb/dynamo-views';
import { newWebhookReaders } from '../../lambdas/adapters/providers/provider-clients';
import { newSqsWebhookQueue } from '../../lambdas/adapters/sqs/sqs-webhook-queue';
import { newWebhookIngest } from '../../lambdas/handlers/webhook-ingest/handler';
import type { UrlAnswer } from '../../lambdas/middleware/function-url';
import type { SandboxEvent } from '../../lambdas/sandbox/books';
import { signWebhook } from '../../lambdas/sandbox/webhook';
import type { Connected } from '../cast';
import { cast } from '../cast';
import { names } from '../cloud/cloud';
import type { FunctionSpec } from '../functions';
import { isSilentAbout, silenceMs } from '../silence';
import { forgedPrefix } from '../invariants/webhooks';
import { metricsTelling, silentLog } from '../telemetry';
import type { Tampering } from '../tampering';
import type { World } from '../world';

/** Secrets Manager has no part in these histories: what it holds does not change. */
const secretOf = async (_tenant: string, connectionId: string) =>
  cast.find((each) => each.connectionId === connectionId)?.secret;

function ingestOf(tampering: Tampering): FunctionSpec<object, UrlAnswer> {
  return {
    name: 'webhook-ingest',
    limitMs: 10_000,
    build: ({ clients, ports }) => {
      const views = newDynamoViews({ client: clients.dynamodb, ...names, journalTable: '', sleep: ports.sleep });
      const readers = newWebhookReaders({ endpoints: {} });
      return newWebhookIngest({
        viewsOf: () => views,
        secrets: { read: secretOf, readNewer: secretOf },
        readers: tampering.readers?.(readers) ?? readers,
        queue: newSqsWebhookQueue({ client: clients.sqs, queueUrl: names.queueUrl, sleep: ports.sleep }),
        rateLimiter: newDynamoRateLimiter({ client: clients.dynamodb, ...names, clock: ports.clock }),
        clock: ports.clock,
        log: silentLog,
        metrics: metricsTelling(() => undefined),
      });
    },
  };
}

/** The waits of a provider that is not answered by 2xx; it goes on at the last of them. */
const retryMs = [5_000, 30_000, 300_000, 3_600_000] as const;

type Forgery = 'wrong-secret' | 'other-tenant' | 'changed-body' | 'stale' | 'future' | 'stranger';

const forgeries: readonly [Forgery, ...Forgery[]] = [
  'wrong-secret',
  'other-tenant',
  'changed-body',
  'stale',
  'future',
  'stranger',
];

/** Carries the provider's news to the product: late, twice, out of order, and now and then not at all; and a forger's beside them. */
export function newDeliveries(world: World): (connected: Connected, event: SandboxEvent, delaySeconds: number) => void {
  const invoke = world.functions.define(ingestOf(world.tampering));
  const { choices, scheduler, oracle } = world;
  let deliveries = 0;

  const deliver = (to: Connected, event: SandboxEvent, signed: Signed, genuine: boolean, attempt: number): void => {
    deliveries += 1;
    const run = `delivery-${event.id.slice(-8)}-${String(deliveries)}`;
    const again = (): void => {
      if (!genuine) return;
      const waitMs = retryMs[Math.min(attempt, retryMs.length) - 1] ?? 0;
      scheduler.after(waitMs, () => deliver(to, event, signed, genuine, attempt + 1));
    };
    invoke(run, signed(scheduler.clock.now()), {
      done: ({ statusCode }) => {
        world.note(`${run} (${event.type}${genuine ? '' : ', forged'}) is answered: ${String(statusCode)}`);
        oracle.webhooks.answered(to, event, genuine, statusCode);
        if (statusCode < 200 || statusCode > 299) again();
      },
      died: again,
      threw: again,
    });
  };

  return (to, event, delaySeconds) => {
    oracle.webhooks.sent(to, event);
    const signed: Signed = (now) => requestOf(to, signWebhook(event, to.secret.webhookSecret, now));
    const about = event.operation?.id;
    const lateMs = about !== undefined && isSilentAbout(choices, about) ? silenceMs(choices, about) : 0;
    // Providers lose news, too; the product may not rely on being told.
    if (!scheduler.healed && choices.chance(0.04, 'never-sent', event.id)) {
      world.note(`the provider forgets to tell of ${event.type} ${event.id}`);
    } else {
      const copies = choices.chance(0.25, 'copies', event.id) ? choices.integer(2, 3, 'how-many', event.id) : 1;
      for (let copy = 0; copy < copies; copy += 1) {
        const spreadMs = choices.pick([0, 100, 5_000, 120_000], 'spread', event.id, copy);
        const delayMs = lateMs + delaySeconds * 1000 + choices.integer(0, spreadMs, 'delay', event.id, copy);
        scheduler.after(delayMs, () => deliver(to, event, signed, true, 1));
      }
    }
    if (choices.chance(0.2, 'forged', event.id)) {
      const how = choices.pick(forgeries, 'forgery', event.id);
      const forged = forgedOf(event);
      scheduler.after(delaySeconds * 1000 + choices.integer(0, 10_000, 'forged-at', event.id), () => {
        // What a stranger signs with his own secret for his own connection is genuine, and about nothing of his.
        if (how === 'stranger') {
          const stranger = cast.find(({ connectionId }) => connectionId !== to.connectionId) ?? to;
          oracle.webhooks.sent(stranger, forged);
          const own: Signed = (now) => requestOf(stranger, signWebhook(forged, stranger.secret.webhookSecret, now));
          deliver(stranger, forged, own, true, 1);
        } else {
          deliver(to, forged, forgery(how, to, forged), false, 1);
        }
      });
    }
  };
}

type Signed = (now: Date) => object;

/** An event that would do harm if it were believed. */
function forgedOf(event: SandboxEvent): SandboxEvent {
  const { operation, ...rest } = event;
  const asked = operation?.answer.status === 'succeeded' ? operation.answer : { amount: 1, currency: 'USD' };
  return {
    ...rest,
    id: `${forgedPrefix}${event.id.slice(-12)}`,
    type: 'dispute.opened',
    dispute: { id: 'dp_forged', status: 'opened', amount: asked.amount, currency: asked.currency },
  };
}

function forgery(how: Exclude<Forgery, 'stranger'>, to: Connected, event: SandboxEvent): Signed {
  const own = to.secret.webhookSecret;
  switch (how) {
    case 'wrong-secret':
      return (now) =>
        requestOf(to, signWebhook(event, `whsec_${Buffer.from('nobody-knows-this-secret').toString('base64')}`, now));
    case 'other-tenant': {
      const other = cast.find(({ tenant }) => tenant !== to.tenant)?.secret.webhookSecret ?? own.toLowerCase();
      return (now) => requestOf(to, signWebhook(event, other, now));
    }
    case 'changed-body':
      return (now) => {
        const { headers, body } = signWebhook(event, own, now);
        return requestOf(to, { headers, body: body.replace('"opened"', '"lost"') });
      };
    case 'stale':
      return (now) => requestOf(to, signWebhook(event, own, new Date(now.getTime() - 301_000)));
    case 'future':
      // Far enough ahead that it is so still when a slow function comes to look at its clock.
      return (now) => requestOf(to, signWebhook(event, own, new Date(now.getTime() + 400_000)));
  }
}

function requestOf({ tenant, connectionId }: Connected, { headers, body }: ReturnType<typeof signWebhook>): object {
  return {
    rawPath: `/${tenant}/${connectionId}`,
    headers,
    body,
    isBase64Encoded: false,
    requestContext: { requestId: 'delivery', http: { method: 'POST', sourceIp: '192.0.2.1' } },
  };
}
