import { hkdfSync } from 'node:crypto';

import type { CommandContext, CommandPorts, CommandRefusal, Executed } from '../../kernel/command';
import { redactText } from '../../kernel/redaction';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { connectionStream } from './connection';
import type { Connection, ConnectFailure } from './connection';
import type { Credentials } from './credentials';
import type { ConnectionSecrets, ProviderClients } from './ports';
import type { ConnectRefusal, ProviderName } from './provider';
import { registerWebhook, signingOf } from './register-webhook';
import { beginWork, recordWork, working } from './work';
import type { InProgress } from './work';

export interface ConnectionPorts extends CommandPorts {
  readonly secrets: ConnectionSecrets;
  readonly providers: ProviderClients;
}

export interface CreateConnection {
  readonly tenant: string;
  /** Derived from the Idempotency-Key. */
  readonly connectionId: string;
  readonly provider: ProviderName;
  readonly displayName: string;
  readonly credentials: Credentials;
  /** What deliveries are checked against, where the tenant has it from the provider already. */
  readonly webhookSecret?: string;
  /** Where the provider is to send its webhooks. */
  readonly webhookUrl: string;
}

export type CreateConnectionRefusal = ConnectRefusal | CommandRefusal | InProgress;

/**
 * Connects a provider. The request is journaled first, so that of two requests under one key one only does anything. Then the
 * provider checks the credentials, they are stored, the provider learns our webhook address, and the connection becomes active.
 * Before that no payment can go through it. Every step may be repeated without doubling anything, and a request that crashed
 * anywhere is completed by sending it again under its key.
 */
export async function createConnection(
  ports: ConnectionPorts,
  context: CommandContext,
  input: CreateConnection,
  options: { readonly isNew: boolean },
): Promise<Result<Executed<Connection>, CreateConnectionRefusal>> {
  const { tenant, connectionId, provider, displayName } = input;
  const stream = connectionStream(tenant, connectionId);
  const begun = await beginWork<never>(
    ports,
    stream,
    context,
    () => ok([{ type: 'ConnectionRequested', data: { provider, displayName: redactText(displayName) } }]),
    options.isNew ? { loaded: { state: undefined, version: 0, commits: [] } } : {},
  );
  if (!begun.ok) return begun;
  if (begun.value.run === 'done') return firstResult(begun.value.first);

  return working(ports, stream, context, async () => {
    const connected = await connect(ports, input);
    if (connected.ok) {
      const { registration, signing } = connected.value;
      const active = { type: 'ConnectionActivated', data: { registration, signing } } as const;
      // A crash before this write leaves a stored secret that nothing uses, and a provider that knows our address.
      const { state, version } = await recordWork(ports, stream, context, [active]);
      return ok({ state, version, commits: [], replayed: false });
    }
    const { error: reason } = connected;
    await recordWork(ports, stream, context, [
      reason === 'credentials-refused'
        ? { type: 'ConnectionFailed', data: { reason } }
        : { type: 'WorkStopped', data: { reason } },
    ]);
    return connected;
  });
}

/** Checks, stores, registers. Credentials that the provider refuses are never stored. */
async function connect(ports: ConnectionPorts, input: CreateConnection) {
  const { tenant, connectionId, provider, credentials, webhookUrl } = input;
  const client = ports.providers.of(provider, { credentials });
  const checked = await client.check();
  if (!checked.ok) return checked;

  // An earlier run may have got a secret from the provider that it tells only once.
  const stored = await ports.secrets.readFresh(tenant, connectionId);
  const ours = deriveWebhookSecret({ tenant, connectionId, apiKey: Object.values(credentials).join('\n') });
  const secret = {
    ...stored,
    credentials,
    ...(input.webhookSecret === undefined ? {} : { webhookSecret: input.webhookSecret }),
  };
  // A crash after this leaves credentials that nothing uses: the connection is not active.
  await ports.secrets.put(tenant, connectionId, secret);
  const { registration, told, endpoint } = await registerWebhook(client, secret, { url: webhookUrl, ours });
  const isNew = told !== undefined && told !== secret.webhookSecret;
  const known = {
    ...secret,
    ...(isNew ? { webhookSecret: told } : {}),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
  // A crash before this loses a secret that the provider may tell once only: it is then shown as missing, to be entered by hand.
  if (isNew || known.endpoint !== secret.endpoint) await ports.secrets.put(tenant, connectionId, known);
  return ok({ registration, signing: signingOf(known) });
}

function firstResult(first: Executed<Connection>): Result<Executed<Connection>, ConnectFailure> {
  return first.state.failure === undefined ? ok(first) : err(first.state.failure);
}

/**
 * 32 bytes by HKDF-SHA256 [RFC 5869] from the credentials, bound to tenant and connection. They are derived and not drawn, so that
 * two runs of one request agree: with drawn ones the secret stored by one and registered by the other could differ for ever. Whoever
 * has the credentials speaks for the merchant anyway; they do not follow from the webhook secret.
 */
export function deriveWebhookSecret(input: {
  readonly tenant: string;
  readonly connectionId: string;
  readonly apiKey: string;
}): string {
  const info = `countinghouse/webhook-secret/${input.tenant}/${input.connectionId}`;
  const bytes = hkdfSync('sha256', input.apiKey, '', info, 32);
  return `whsec_${Buffer.from(bytes).toString('base64')}`;
}
