import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
} from '@aws-sdk/client-secrets-manager';

import type { ConnectionSecret, ConnectionSecrets, PreviousSecret } from '../../domain/providers/ports';
import type { Clock } from '../../kernel/clock';
import type { Randomness } from '../../kernel/ids';
import { invariant } from '../../kernel/invariant';
import { newBoundedMap } from '../../kernel/bounded-map';
import { fieldsOf, listOf, optionalTextOf, textOf } from '../reading';
import type { Fields } from '../reading';

export interface ConnectionSecretsDependencies {
  /** The client that signs as this tenant. */
  readonly clientOf: (tenant: string) => SecretsManagerClient;
  /** Names begin here: `countinghouse/<stage>/tenants`. */
  readonly prefix: string;
  /** The key of new secrets; only `put` needs it. */
  readonly keyArn?: string;
  readonly clock: Clock;
  readonly randomness: Randomness;
}

/** A rotated or revoked credential is used for this long at most. */
const cachedMs = 3 * 60_000;

/** What is younger is not read again for the sake of a wrong signature. */
const newMs = 1_000;

const maxCached = 500;

/** One secret a connection in Secrets Manager: `<prefix>/<tenant>/connections/<connection>`, a JSON object, tagged with the tenant. */
export function newConnectionSecrets(deps: ConnectionSecretsDependencies): ConnectionSecrets {
  const { clientOf, prefix, keyArn, clock, randomness } = deps;
  const cache = newBoundedMap<{ readonly secret: ConnectionSecret; readonly readAtMs: number }>(maxCached);
  const nameOf = (tenant: string, connectionId: string): string =>
    `${prefix}/${named(tenant)}/connections/${named(connectionId)}`;

  const readFresh = async (tenant: string, connectionId: string): Promise<ConnectionSecret | undefined> => {
    const name = nameOf(tenant, connectionId);
    try {
      const answer = await clientOf(tenant).send(new GetSecretValueCommand({ SecretId: name }));
      const secret = parseSecret(answer.SecretString);
      cache.set(name, { secret, readAtMs: clock.now().getTime() });
      return secret;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  };

  const readWithin = async (tenant: string, connectionId: string, ageMs: number) => {
    const cached = cache.get(nameOf(tenant, connectionId));
    if (cached !== undefined && clock.now().getTime() < cached.readAtMs + ageMs) return cached.secret;
    return readFresh(tenant, connectionId);
  };

  return {
    put: async (tenant, connectionId, secret) => {
      const name = nameOf(tenant, connectionId);
      const client = clientOf(tenant);
      const SecretString = JSON.stringify(secret);
      // The token is the same for all tries of one call: a try after a lost answer finds its own version and succeeds.
      const ClientRequestToken = Buffer.from(randomness.bytes(16)).toString('hex');
      cache.delete(name);
      try {
        await client.send(
          new CreateSecretCommand({
            Name: name,
            SecretString,
            ClientRequestToken,
            Tags: [{ Key: 'tenant', Value: tenant }],
            ...(keyArn === undefined ? {} : { KmsKeyId: keyArn }),
          }),
        );
      } catch (error) {
        if (!(error instanceof ResourceExistsException)) throw error;
        await client.send(new PutSecretValueCommand({ SecretId: name, SecretString, ClientRequestToken }));
      }
    },

    read: (tenant, connectionId) => readWithin(tenant, connectionId, cachedMs),
    readNewer: (tenant, connectionId) => readWithin(tenant, connectionId, newMs),
    readFresh,
  };
}

/** Ids stand in a path that the tenant role's policy matches, so they hold no `/` and no pattern. */
function named(id: string): string {
  invariant(/^[A-Za-z0-9_-]{1,64}$/.test(id), 'not fit for the name of a secret');
  return id;
}

/** An error here names the field, never the value. */
function parseSecret(text: string | undefined): ConnectionSecret {
  if (text === undefined) throw new Error('the secret of a connection holds no text');
  const value: unknown = JSON.parse(text);
  const fields = fieldsOf(value, 'the secret of a connection');
  const credentials = fieldsOf(fields.credentials, 'the credentials of a connection');
  const webhookSecret = optionalTextOf(fields, 'webhookSecret');
  const endpoint = optionalTextOf(fields, 'endpoint');
  const previous = previousOf(fields);
  const rotation = optionalTextOf(fields, 'rotation');
  const accountDoubtedAt = optionalTextOf(fields, 'accountDoubtedAt');
  return {
    credentials: Object.fromEntries(Object.keys(credentials).map((name) => [name, textOf(credentials, name)])),
    ...(webhookSecret === undefined ? {} : { webhookSecret }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(previous.length === 0 ? {} : { previous }),
    ...(rotation === undefined ? {} : { rotation }),
    ...(accountDoubtedAt === undefined ? {} : { accountDoubtedAt }),
  };
}

/** Secrets that were stored before there could be several have one, in two fields of its own. */
function previousOf(fields: Fields): readonly PreviousSecret[] {
  const one = optionalTextOf(fields, 'previousWebhookSecret');
  const all =
    fields.previous === undefined
      ? one === undefined
        ? []
        : [{ secret: one, until: fields.previousUntil }]
      : listOf(fields, 'previous').map((each) => fieldsOf(each, 'a previous secret'));
  return all.map((each: Fields) => {
    const endpoint = optionalTextOf(each, 'endpoint');
    const until = optionalTextOf(each, 'until');
    return {
      secret: textOf(each, 'secret'),
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(until === undefined ? {} : { until }),
    };
  });
}
