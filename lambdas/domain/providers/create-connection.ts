import { hkdfSync } from 'node:crypto';

import { execute } from '../../kernel/command';
import type { CommandContext, CommandPorts, CommandRefusal, Executed } from '../../kernel/command';
import { redactText } from '../../kernel/redaction';
import { ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { connectionEntity, connectionStream } from './connection';
import type { Connection } from './connection';
import type { ConnectionSecrets, ProviderClients } from './ports';
import type { ConnectRefusal, ProviderName } from './provider';

export interface CreateConnectionPorts extends CommandPorts {
  readonly secrets: ConnectionSecrets;
  readonly providers: ProviderClients;
}

export interface CreateConnection {
  readonly tenant: string;
  /** Derived from the Idempotency-Key. */
  readonly connectionId: string;
  readonly provider: ProviderName;
  readonly displayName: string;
  readonly apiKey: string;
  /** Where the provider is to send its webhooks. */
  readonly webhookUrl: string;
}

/**
 * Connects a provider: it checks the credentials and learns our webhook address, then the secret is stored, then the connection
 * comes into being. The connection is usable only after the last step, and every step may be repeated without doubling anything,
 * so a request that crashed anywhere is completed by sending it again under its key, also beside another one.
 */
export async function createConnection(
  ports: CreateConnectionPorts,
  context: CommandContext,
  input: CreateConnection,
): Promise<Result<Executed<Connection>, ConnectRefusal | CommandRefusal>> {
  const { tenant, connectionId, provider, displayName, apiKey, webhookUrl } = input;
  const webhookSecret = deriveWebhookSecret(input);
  const secret = { credentials: { apiKey }, webhookSecret };

  // A crash after this leaves the provider knowing an address that answers 404; nothing of ours has changed.
  const connected = await ports.providers
    .of(provider, secret)
    .registerWebhook?.({ url: webhookUrl, secret: webhookSecret });
  if (connected?.ok === false) return connected;

  // A crash after this leaves a secret that nothing refers to. Credentials that the provider refused are never stored.
  await ports.secrets.put(tenant, connectionId, secret);

  return execute(
    ports,
    connectionEntity,
    connectionStream(tenant, connectionId),
    context,
    () => ok([{ type: 'ConnectionCreated', data: { provider, displayName: redactText(displayName) } }]),
    { loaded: { state: undefined, version: 0, commits: [] } },
  );
}

/**
 * 32 bytes by HKDF-SHA256 [RFC 5869] from the API key, bound to tenant and connection. They are derived and not drawn, so that two
 * runs of one request agree: with drawn ones the secret stored by one and registered by the other could differ for ever. Whoever
 * has the API key speaks for the merchant anyway; the API key does not follow from the webhook secret.
 */
export function deriveWebhookSecret(input: Pick<CreateConnection, 'tenant' | 'connectionId' | 'apiKey'>): string {
  const info = `countinghouse/webhook-secret/${input.tenant}/${input.connectionId}`;
  const bytes = hkdfSync('sha256', input.apiKey, '', info, 32);
  return `whsec_${Buffer.from(bytes).toString('base64')}`;
}
