import type { SqsSenderDependencies } from '../../adapters/sqs/sqs-sender';
import { newSqsSender } from '../../adapters/sqs/sqs-sender';
import type { SandboxQueue, WebhookOnItsWay } from '../store';

/** The sandbox's outgoing webhooks, delayed as each is scheduled. */
export function newSqsSandboxQueue(deps: SqsSenderDependencies): SandboxQueue {
  const sender = newSqsSender<WebhookOnItsWay>(deps);
  return {
    send: (webhooks) =>
      sender.send(
        webhooks.map(({ account, endpointId, event, requestId, delaySeconds }) => ({
          body: { account, endpointId, event, requestId },
          group: account,
          delaySeconds,
        })),
      ),
  };
}
