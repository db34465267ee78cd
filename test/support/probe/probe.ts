import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as kms from '@aws-sdk/client-kms';
import * as s3 from '@aws-sdk/client-s3';
import * as secretsmanager from '@aws-sdk/client-secrets-manager';
import * as sqs from '@aws-sdk/client-sqs';
import * as sts from '@aws-sdk/client-sts';

/**
 * The code that stands in a function's place in the test build: no route, no middleware, no check. It makes the AWS calls it is
 * told, with the credentials that the function has, so that nothing but the synthesized policies is between it and the data.
 */

export interface ProbeCall {
  readonly service: keyof typeof services;
  /** An operation as the SDK names it, e.g. `GetItem`. */
  readonly operation: string;
  readonly input: object;
}

/** A role to assume, one after the other, each with the session tags given; none: the function's own role. */
export interface ProbeRole {
  readonly roleArn: string;
  readonly tags: readonly (readonly [string, string])[];
}

export interface ProbeOrder {
  readonly roles: readonly ProbeRole[];
  readonly calls: readonly ProbeCall[];
}

/** What became of each call: `done`, or the name of the error; or of the role that could not be assumed. */
export type ProbeReport = { readonly refusedRole: string } | { readonly outcomes: readonly string[] };

interface Sender {
  send(command: unknown): Promise<unknown>;
}

type Credentials = { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken: string };

interface Service {
  readonly commands: object;
  client(settings: object): Sender;
}

const services = {
  dynamodb: { commands: dynamodb, client: (settings) => new dynamodb.DynamoDBClient(settings) },
  kms: { commands: kms, client: (settings) => new kms.KMSClient(settings) },
  s3: { commands: s3, client: (settings) => new s3.S3Client({ ...settings, forcePathStyle: true }) },
  secretsmanager: {
    commands: secretsmanager,
    client: (settings) => new secretsmanager.SecretsManagerClient(settings),
  },
  sqs: { commands: sqs, client: (settings) => new sqs.SQSClient(settings) },
  sts: { commands: sts, client: (settings) => new sts.STSClient(settings) },
} as const satisfies Record<string, Service>;

const base = { maxAttempts: 1 };

/** Calls at once. */
const width = 8;

export async function runProbe({ roles, calls }: ProbeOrder): Promise<ProbeReport> {
  let credentials: Credentials | undefined;
  for (const role of roles) {
    const assumed = await assume(credentials, role);
    if (typeof assumed === 'string') return { refusedRole: assumed };
    credentials = assumed;
  }
  const settings = credentials === undefined ? base : { ...base, credentials };
  const clients = new Map<string, Sender>();
  const outcomeOf = async ({ service, operation, input }: ProbeCall): Promise<string> => {
    const { commands, client: newClient }: Service = services[service];
    const client = clients.get(service) ?? newClient(settings);
    clients.set(service, client);
    const Command = (commands as Record<string, unknown>)[`${operation}Command`];
    if (typeof Command !== 'function') throw new Error(`${service} has no ${operation}`);
    return client.send(Reflect.construct(Command, [withBytes(input)])).then(() => 'done', nameOf);
  };
  const outcomes: string[] = [];
  for (let first = 0; first < calls.length; first += width) {
    outcomes.push(...(await Promise.all(calls.slice(first, first + width).map(outcomeOf))));
  }
  return { outcomes };
}

async function assume(as: Credentials | undefined, { roleArn, tags }: ProbeRole): Promise<Credentials | string> {
  const client = new sts.STSClient(as === undefined ? base : { ...base, credentials: as });
  try {
    const { Credentials: issued } = await client.send(
      new sts.AssumeRoleCommand({
        RoleArn: roleArn,
        RoleSessionName: 'probe',
        ...(tags.length === 0 ? {} : { Tags: tags.map(([Key, Value]) => ({ Key, Value })) }),
      }),
    );
    return {
      accessKeyId: issued?.AccessKeyId ?? '',
      secretAccessKey: issued?.SecretAccessKey ?? '',
      sessionToken: issued?.SessionToken ?? '',
    };
  } catch (error) {
    return nameOf(error);
  }
}

/** Bytes come in base 64, as everything comes in JSON. */
function withBytes(input: object): object {
  return Object.fromEntries(
    Object.entries(input).map(([name, value]: [string, unknown]) => [
      name,
      ['Plaintext', 'CiphertextBlob', 'Message'].includes(name) && typeof value === 'string'
        ? Buffer.from(value, 'base64')
        : value,
    ]),
  );
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error);
}
