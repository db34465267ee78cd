import { deriveId } from '../lambdas/kernel/ids';
import type { ConnectionSecret } from '../lambdas/domain/providers/ports';

/** Who takes part in every history: two tenants, one of them with two connections, all with the built-in provider. */
export interface Connected {
  readonly tenant: string;
  readonly connectionId: string;
  readonly secret: ConnectionSecret & { readonly webhookSecret: string };
  /** The account with the provider that the connection's key opens. */
  readonly apiKey: string;
}

const [first, second] = ['first', 'second'].map((name) => deriveId('tenant', [name]));

export const cast: readonly [Connected, ...Connected[]] = [
  connected(first ?? '', 'one'),
  connected(first ?? '', 'two'),
  connected(second ?? '', 'three'),
];

export const member = 'user-1';

export const providerUrl = 'https://provider.invalid';

export const webhookUrl = 'https://webhooks.invalid';

function connected(tenant: string, name: string): Connected {
  // Form and length of the real ones. They open nothing: the provider is a part of the simulation.
  const apiKey = `sk_sandbox_${name.padEnd(16, '0')}`;
  const webhookSecret = `whsec_${Buffer.from(name.padEnd(24, '-')).toString('base64')}`;
  return {
    tenant,
    connectionId: deriveId('connection', [tenant, name]),
    secret: { credentials: { apiKey }, webhookSecret },
    apiKey,
  };
}
