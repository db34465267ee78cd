import type { AwsCall, AwsReply } from '../front-door/contract';
import { functionArnOf } from '../front-door/grants/services';
import { AwsFault } from '../front-door/wire';
import type { Home } from './state';

export type InvocationType = 'RequestResponse' | 'Event' | 'DryRun';

export interface InvocationResult {
  /** 200 for RequestResponse, 202 for Event, 204 for DryRun. */
  readonly statusCode: number;
  /** JSON text of the result or of the error. */
  readonly payload: string;
  /** `Unhandled` when the function threw or timed out. */
  readonly functionError?: string;
}

export type InvokeFunction = (functionArn: string, payload: Buffer, type: InvocationType) => Promise<InvocationResult>;

/** Lambda's Invoke [lambda/latest/api/API_Invoke.html] by the runtime that runs the functions. */
export async function answerLambda(call: AwsCall, invoke: InvokeFunction, home: Home): Promise<AwsReply> {
  if (call.action !== 'Invoke') {
    throw new AwsFault('UnknownOperationException', `The local Lambda does not offer ${call.method} ${call.url}.`, 404);
  }
  const wanted = call.headers['x-amz-invocation-type'];
  const type: InvocationType = wanted === 'Event' || wanted === 'DryRun' ? wanted : 'RequestResponse';
  const result = await invoke(functionArnOf(call.url, home), call.body, type);
  return {
    status: result.statusCode,
    headers: {
      'content-type': 'application/json',
      'x-amz-executed-version': '$LATEST',
      ...(result.functionError === undefined ? {} : { 'x-amz-function-error': result.functionError }),
    },
    body: Buffer.from(type === 'RequestResponse' ? result.payload : ''),
  };
}
