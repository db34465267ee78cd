import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';

/** The local cloud's operator; it means nothing to AWS. */
const localOperator = { accessKeyId: 'AKIALOCALADMIN000000', secretAccessKey: 'local-admin-secret' };

/** Calls a function of a stage as its operator, with the caller's AWS credentials, or in the local cloud behind `endpoint`. */
export function newOperatorClient({
  region,
  endpoint,
}: {
  readonly region: string;
  readonly endpoint: string | undefined;
}): (functionName: string, request: object) => Promise<unknown> {
  const client = new LambdaClient({
    region,
    // An invocation works for a minute and may then finish what it is at; it is not repeated when the answer is late.
    maxAttempts: 1,
    requestHandler: { requestTimeout: 910_000 },
    ...(endpoint === undefined ? {} : { endpoint, credentials: localOperator }),
  });
  return async (functionName, request) => {
    const payload = Buffer.from(JSON.stringify(request));
    const invoked = await client.send(new InvokeCommand({ FunctionName: functionName, Payload: payload }));
    const text = Buffer.from(invoked.Payload ?? []).toString();
    if (invoked.FunctionError !== undefined) throw new Error(`${functionName} failed: ${text}`);
    const answer: unknown = JSON.parse(text);
    return answer;
  };
}

/** Runs a command to its exit code; what it throws is said without a stack. */
export function runCommand(main: () => Promise<number>): void {
  main().then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 1;
    },
  );
}
