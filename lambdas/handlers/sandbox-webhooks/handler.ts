import type { SQSBatchResponse } from 'aws-lambda';
import { errorFields } from '../../middleware/log';
import { readSqsBodies } from '../../middleware/sqs-batch';
import { parseWebhookOnItsWay } from '../../sandbox/records';
import { signWebhook } from '../../sandbox/webhook';
import { bindDependencies } from './dependencies';
import type { SandboxWebhooksDeps } from './dependencies';

const timeoutMs = 10_000;

/** Delivers the sandbox's webhooks: whatever is not answered by 2xx stays in the queue and is sent again. */
export function newSandboxWebhooks(deps: SandboxWebhooksDeps) {
  return async (event: unknown): Promise<SQSBatchResponse> => {
    const records = readSqsBodies(event);
    const failed = await Promise.all(
      records.map(async ({ messageId, body }) => {
        let requestId: string | undefined;
        try {
          const webhook = readWebhook(body);
          requestId = webhook.requestId;
          await deliver(deps, webhook);
          deps.log.info('sandbox webhook delivered', { messageId, requestId });
          return [];
        } catch (error) {
          deps.log.warn('sandbox webhook not delivered', { messageId, requestId, ...errorFields(error) });
          return [{ itemIdentifier: messageId }];
        }
      }),
    );
    return { batchItemFailures: failed.flat() };
  };
}

type Webhook = ReturnType<typeof parseWebhookOnItsWay>;

function readWebhook(message: string): Webhook {
  const parsed: unknown = JSON.parse(message);
  return parseWebhookOnItsWay(parsed);
}

async function deliver(deps: SandboxWebhooksDeps, webhook: Webhook): Promise<void> {
  const { account, endpointId, event, requestId } = webhook;
  const endpoint = (await deps.store.endpoints(account)).find(({ id }) => id === endpointId);
  // The merchant has taken the endpoint away.
  if (endpoint === undefined) return;
  if (!isWithin(endpoint.url, deps.webhookUrl)) {
    deps.log.warn('sandbox webhook goes elsewhere and is dropped', { requestId, eventKey: event.id });
    return;
  }
  const { headers, body } = signWebhook(event, endpoint.secret, deps.clock.now());
  const answer = await deps.fetch(endpoint.url, {
    method: 'POST',
    // The merchant's log then names the request that caused this.
    headers: { ...headers, 'x-request-id': requestId },
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
  await answer.body?.cancel();
  if (!answer.ok) throw new Error(`the webhook endpoint answered ${String(answer.status)}`);
}

function isWithin(url: string, base: string): boolean {
  const target = new URL(url);
  const allowed = new URL(base.endsWith('/') ? base : `${base}/`);
  return target.origin === allowed.origin && target.pathname.startsWith(allowed.pathname);
}

export const handler = newSandboxWebhooks(bindDependencies());
