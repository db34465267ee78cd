import type { SQSClient } from '@aws-sdk/client-sqs';
import { ChangeMessageVisibilityCommand } from '@aws-sdk/client-sqs';

export interface SqsVisibilityDependencies {
  readonly client: SQSClient;
  readonly queueUrl: string;
}

/** Sets when a received message comes back: the backoff of a consumer that fails it. */
export interface SqsVisibility {
  /** `delaySeconds` from now, 0 to 43200 (12 hours from the receipt at most) [SQS quotas]. */
  comeBackIn(receiptHandle: string, delaySeconds: number): Promise<void>;
}

const maxDelaySeconds = 43_200;

export function newSqsVisibility({ client, queueUrl }: SqsVisibilityDependencies): SqsVisibility {
  return {
    comeBackIn: async (receiptHandle, delaySeconds) => {
      await client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: queueUrl,
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: Math.min(maxDelaySeconds, Math.max(0, Math.ceil(delaySeconds))),
        }),
      );
    },
  };
}
