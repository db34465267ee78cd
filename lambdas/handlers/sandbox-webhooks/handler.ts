import type { SQSBatchResponse } from 'aws-lambda';
import * as z from 'zod';

import { errorFields } from '../../middleware/log';
import { parseWebhookOnItsWay } from '../../sandbox/records';
import { signWebhook } from '../../sandbox/webhook';
import { bindDependencies } from './dependencies';
import type { SandboxWebhooksDeps } from './dependencies';

const timeoutMs = 10_000;

const batch = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) });

/** Delivers the sandbox's webhooks: whatever is not answered by 2xx stays in the queue and is sent again. */
export function newSandboxWebhooks(deps: SandboxWebhooksDeps) {
  return async (event: unknown): Promise<SQSBatchResponse> => {
    const { Records } = batch.parse(event);
    const failed = await Promise.all(
      Records.map(async ({ messageId, body }) => {
        try {
          await deliver(deps, body);
          return [];
        } catch (error) {
          deps.log.warn('sandbox webhook not delivered', { messageId, ...errorFields(error) });
          return [{ itemIdentifier: messageId }];
        }
      }),
    );
    return { batchItemFailures: failed.flat() };
  };
}

async function deliver(deps: SandboxWebhooksDeps, message: string): Promise<void> {
  const parsed: unknown = JSON.parse(message);
  const { account, endpointId, event } = parseWebhookOnItsWay(parsed);
  const endpoint = (await deps.store.endpoints(account)).find(({ id }) => id === endpointId);
  // The merchant has taken the endpoint away.
  if (endpoint === undefined) return;
  if (!isWithin(endpoint.url, deps.webhookUrl)) {
    deps.log.warn('sandbox webhook goes elsewhere and is dropped', { eventKey: event.id });
    return;
  }
  const { headers, body } = signWebhook(event, endpoint.secret, deps.clock.now());
  const answer = await deps.fetch(endpoint.url, {
    method: 'POST',
    headers,
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
