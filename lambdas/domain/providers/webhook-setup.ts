import type { Connection } from './connection';
import type { ProviderName } from './provider';

type SetUp = Pick<Connection, 'provider' | 'status' | 'id'> & {
  readonly webhooks: Pick<Connection['webhooks'], 'registration' | 'signing'>;
};

/** What a person must do at the provider, in order; empty where nothing is left to do. */
export function webhookSetupOf(connection: SetUp, webhookUrl: string): readonly string[] {
  const { provider, status, webhooks, id } = connection;
  if (status === 'pending' || status === 'failed') return [];
  const steps = setups[provider];
  const place = `provider connection ${id}`;
  return [
    ...(webhooks.registration === 'manual' ? steps.register(webhookUrl) : []),
    ...(webhooks.signing === 'missing' ? [...steps.signing, `${giveIt} (${place}).`] : []),
  ];
}

const giveIt =
  'Send it to POST …/rotate-webhook-secret as `webhookSecret`; until then no webhook of this connection can be believed';

interface Setup {
  readonly register: (url: string) => readonly string[];
  /** Where what deliveries are checked against is found. */
  readonly signing: readonly string[];
}

/** By the names that the providers' own consoles use. */
const setups: Readonly<Record<ProviderName, Setup>> = {
  sandbox: {
    register: (url) => [
      `PUT /v1/webhook-endpoint of the sandbox with "url": "${url}", or PATCH the credentials again.`,
    ],
    signing: ['Rotate the webhook secret: the sandbox takes one of ours.'],
  },
  stripe: {
    register: (url) => [
      'In the Stripe Dashboard open Developers, Webhooks, and choose Add destination, for events of Your account.',
      'Choose the events that the guide to connecting Stripe lists, with the API version that it names.',
      `Choose Webhook endpoint, and enter the endpoint URL ${url}`,
    ],
    signing: ['Open the destination, and reveal its signing secret (whsec_…).'],
  },
  adyen: {
    register: (url) => [
      'In the Adyen Customer Area open Developers, Webhooks, choose Create new webhook, and add Standard webhook.',
      `Under Server configuration enter the URL ${url}, method JSON, and leave the version as it is.`,
      'Under Events keep the default ones, and add those that the guide to connecting Adyen lists.',
    ],
    signing: ['In the webhook, under Security, HMAC Key, choose Generate, copy the key, and save the webhook.'],
  },
  paypal: {
    register: (url) => [
      'In the PayPal Developer Dashboard open Apps & Credentials, your REST app, and choose Add Webhook.',
      `Enter the webhook URL ${url} and select the events that the guide to connecting PayPal lists.`,
    ],
    signing: ['Copy the Webhook ID from the list of webhooks of the app: deliveries are bound to it.'],
  },
};
