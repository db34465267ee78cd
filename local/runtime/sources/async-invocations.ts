import { randomUUID } from 'node:crypto';

import { parseJson } from '../../assembly/json';
import type { Activity } from '../activity';
import type { AwsClient } from '../aws-client';
import type { FunctionRuntime, Invocation } from '../worker/function-runtime';

export interface AsyncSettings {
  readonly maxRetries: number;
  /** `DeadLetterConfig`: gets the event itself. */
  readonly deadLetterQueueUrl: string | undefined;
  /** `DestinationConfig`: get a record of the invocation. */
  readonly onFailureQueueUrl: string | undefined;
  readonly onSuccessQueueUrl: string | undefined;
}

/** Lambda waits one and two minutes between attempts; nobody learns anything from waiting that long here. */
const retryAfterMs = [200, 400];

/**
 * Asynchronous invocations of one function: accepted at once, tried again on errors, and in the end sent to the dead-letter
 * queue or the failure destination with the rights of the function's role (AWS Lambda Developer Guide, "Asynchronous invocation").
 */
export function newAsyncInvocations(
  runtime: FunctionRuntime,
  settings: AsyncSettings,
  client: AwsClient,
  activity: Activity,
  onProblem: (text: string) => void,
): (payload: string) => void {
  const run = async (payload: string): Promise<void> => {
    const invocationId = randomUUID();
    for (let attempt = 0; ; attempt += 1) {
      const invocation = await runtime.invoke(payload, { invocationId });
      if (invocation.failure === undefined)
        return send(settings.onSuccessQueueUrl, destinationRecord(runtime, invocation, payload, attempt + 1));
      if (attempt >= settings.maxRetries) return giveUp(invocation, payload, attempt + 1);
      await new Promise((resolve) => setTimeout(resolve, retryAfterMs[attempt] ?? 400));
    }
  };

  const giveUp = async (invocation: Invocation, payload: string, count: number): Promise<void> => {
    await send(settings.onFailureQueueUrl, destinationRecord(runtime, invocation, payload, count));
    await send(settings.deadLetterQueueUrl, payload, {
      RequestID: { DataType: 'String', StringValue: invocation.invocationId },
      ErrorCode: { DataType: 'Number', StringValue: '200' },
      ErrorMessage: { DataType: 'String', StringValue: invocation.failure?.errorMessage.slice(0, 1024) ?? '' },
    });
  };

  const send = async (
    queueUrl: string | undefined,
    body: string,
    attributes?: Record<string, { DataType: string; StringValue: string }>,
  ): Promise<void> => {
    if (queueUrl === undefined) return;
    try {
      await client.json('sqs', 'SendMessage', {
        QueueUrl: queueUrl,
        MessageBody: body,
        ...(attributes === undefined ? {} : { MessageAttributes: attributes }),
      });
    } catch (error) {
      onProblem(`a failed event of ${runtime.settings.functionName} is lost, its queue refused it: ${String(error)}`);
    }
  };

  return (payload) => {
    const end = activity.begin(`async ${runtime.settings.functionName}`);
    void run(payload)
      .catch((error: unknown) => onProblem(String(error)))
      .finally(end);
  };
}

function destinationRecord(runtime: FunctionRuntime, invocation: Invocation, payload: string, count: number): string {
  return JSON.stringify({
    version: '1.0',
    timestamp: new Date().toISOString(),
    requestContext: {
      requestId: invocation.invocationId,
      functionArn: `${runtime.settings.functionArn}:$LATEST`,
      condition: invocation.failure === undefined ? 'Success' : 'RetriesExhausted',
      approximateInvokeCount: count,
    },
    requestPayload: parseJson(payload),
    responseContext: {
      statusCode: 200,
      executedVersion: '$LATEST',
      ...(invocation.failure === undefined ? {} : { functionError: 'Unhandled' }),
    },
    responsePayload: parseJson(invocation.payload),
  });
}
