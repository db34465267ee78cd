import type { ConnectRefusal, WebhookRegistration } from '../../../domain/providers/provider';
import { err, ok } from '../../../kernel/result';
import type { Result } from '../../../kernel/result';
import { fieldsOf, integerOf, listOf, MalformedData, optionalTextOf, textOf } from '../../reading';
import type { Fields } from '../../reading';
import { callProvider } from '../provider-call';
import { adyenHosts } from './adyen-hosts';
import { isHmacKey } from './adyen-signature';

export interface AdyenWebhooksOptions {
  readonly apiKey: string;
  readonly merchantAccount: string;
  readonly environment: 'test' | 'live';
  readonly liveUrlPrefix?: string;
  readonly baseUrl?: string;
  readonly fetch: typeof fetch;
  readonly timeoutMs: number;
}

/** What a standard webhook tells unless it is told not to [Adyen: webhook types, default event codes]. */
const defaultEvents = [
  'AUTHORISATION',
  'CANCELLATION',
  'CANCEL_OR_REFUND',
  'CAPTURE',
  'CAPTURE_FAILED',
  'CHARGEBACK',
  'CHARGEBACK_REVERSED',
  'NOTIFICATION_OF_CHARGEBACK',
  'PREARBITRATION_LOST',
  'PREARBITRATION_WON',
  'REFUND',
  'REFUNDED_REVERSED',
  'REFUND_FAILED',
  'REPORT_AVAILABLE',
  'REQUEST_FOR_INFORMATION',
  'SECOND_CHARGEBACK',
];

/** What we act on and has to be asked for. */
const askedEvents = [
  'EXPIRE',
  'ISSUER_RESPONSE_TIMEFRAME_EXPIRED',
  'SCHEME_ARBITRATION_LOST',
  'SCHEME_ARBITRATION_WON',
  'TECHNICAL_CANCEL',
];

const pageSize = 100;

/** A merchant account has a handful of webhooks. */
const maxPages = 10;

interface KnownWebhook {
  readonly id: string;
  readonly active: boolean;
  readonly isJson: boolean;
  readonly hasHmacKey: boolean;
  readonly included: readonly unknown[];
  readonly excluded: readonly unknown[];
}

/**
 * Sets the webhook up by the Management API, which the key may use with the role "Management API – Webhooks read and write". The HMAC
 * key is Adyen's and told once: of a webhook that has one it is not drawn anew, which would cut off whoever checks against it.
 */
export async function registerWebhook(
  options: AdyenWebhooksOptions,
  url: string,
): Promise<Result<{ readonly secret: string | undefined }, ConnectRefusal>> {
  return answering(async () => {
    const known = await find(options, url);
    const settings = {
      active: true,
      communicationFormat: 'json',
      additionalSettings: { includeEventCodes: askedEvents },
    };
    if (known !== undefined) {
      await call(options, 'PATCH', `/${encodeURIComponent(known.id)}`, settings);
      return { secret: known.hasHmacKey ? undefined : await newHmacKey(options, known.id) };
    }
    const made = await call(options, 'POST', '', { type: 'standard', url, ...settings });
    // A crash after this leaves a webhook without a key, which is found and given one next time.
    return { secret: await newHmacKey(options, textOf(made, 'id')) };
  });
}

export async function inspectWebhook(
  options: AdyenWebhooksOptions,
  url: string,
): Promise<Result<WebhookRegistration, ConnectRefusal>> {
  return answering(async () => {
    const known = await find(options, url);
    if (known === undefined)
      return { registered: false, enabled: false, missingEvents: [...defaultEvents, ...askedEvents] };
    const { included, excluded, active, isJson } = known;
    return {
      registered: true,
      enabled: active && isJson,
      missingEvents: [
        ...defaultEvents.filter((event) => excluded.includes(event)),
        ...askedEvents.filter((event) => excluded.includes(event) || !included.includes(event)),
      ],
    };
  });
}

async function find(options: AdyenWebhooksOptions, url: string): Promise<KnownWebhook | undefined> {
  for (let page = 1; page <= maxPages; page += 1) {
    const answer = await call(options, 'GET', `?pageNumber=${String(page)}&pageSize=${String(pageSize)}`);
    const webhooks = answer.data === undefined ? [] : listOf(answer, 'data').map((each) => fieldsOf(each, 'a webhook'));
    const found = webhooks.find((webhook) => webhook.url === url && webhook.type === 'standard');
    if (found !== undefined) return readWebhook(found);
    if (page >= integerOf(answer, 'pagesTotal')) return undefined;
  }
  return undefined;
}

function readWebhook(webhook: Fields): KnownWebhook {
  const settings = webhook.additionalSettings === undefined ? {} : fieldsOf(webhook.additionalSettings, 'settings');
  const codes = (name: string): readonly unknown[] => (settings[name] === undefined ? [] : listOf(settings, name));
  return {
    id: textOf(webhook, 'id'),
    active: webhook.active === true,
    isJson: webhook.communicationFormat === 'json',
    hasHmacKey: (optionalTextOf(webhook, 'hmacKeyCheckValue') ?? '') !== '',
    included: codes('includeEventCodes'),
    excluded: codes('excludeEventCodes'),
  };
}

async function newHmacKey(options: AdyenWebhooksOptions, id: string): Promise<string> {
  const key = textOf(await call(options, 'POST', `/${encodeURIComponent(id)}/generateHmac`), 'hmacKey');
  if (!isHmacKey(key)) throw new MalformedData('hmacKey is no key');
  return key;
}

class Refused extends Error {
  override readonly name = 'Refused';

  constructor(readonly reason: ConnectRefusal) {
    super(reason);
  }
}

async function answering<T>(work: () => Promise<T>): Promise<Result<T, ConnectRefusal>> {
  try {
    return ok(await work());
  } catch (error) {
    if (error instanceof Refused) return err(error.reason);
    if (error instanceof MalformedData) return err('provider-unreachable');
    throw error;
  }
}

async function call(
  options: AdyenWebhooksOptions,
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  json?: object,
): Promise<Fields> {
  const { apiKey, merchantAccount, fetch, timeoutMs } = options;
  const answer = await callProvider(
    { fetch, timeoutMs },
    {
      method,
      url: `${adyenHosts(options).management}/merchants/${encodeURIComponent(merchantAccount)}/webhooks${path}`,
      headers: { 'x-api-key': apiKey },
      ...(json === undefined ? {} : { json }),
    },
  );
  if (answer.result !== 'answered' || answer.status >= 500 || answer.status === 429)
    throw new Refused('provider-unreachable');
  if (answer.status < 200 || answer.status > 299) throw new Refused('credentials-refused');
  return fieldsOf(answer.body, 'the answer');
}
