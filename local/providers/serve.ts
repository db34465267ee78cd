import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import type { Activity } from '../runtime/activity';
import { newFakeAdyen } from './adyen/fake-adyen';
import type { FakeDelivery, FakeProvider } from './fake-provider';
import { newFakePaypal } from './paypal/fake-paypal';
import { testSigner } from './paypal/fake-paypal-webhooks';
import { newFakeStripe } from './stripe/fake-stripe';

/** The one account at each fake: whoever connects to it sends these. They open nothing anywhere else. */
export const localAccounts = {
  stripe: { apiKey: 'sk_test_localcountinghouse' },
  adyen: {
    apiKey: 'local-countinghouse-key',
    merchantAccount: 'LocalCountinghouse',
    environment: 'test',
    reportUser: 'report@Company.LocalCountinghouse',
    reportPassword: 'local-countinghouse-report',
  },
  paypal: {
    clientId: 'local-countinghouse-client',
    clientSecret: 'local-countinghouse-secret',
    environment: 'sandbox',
  },
} as const;

export type ServedProviderName = keyof typeof localAccounts;

export interface ServedProviders {
  /** Base addresses, by provider: the value of `PROVIDER_ENDPOINTS`. */
  readonly endpoints: Readonly<Record<ServedProviderName, string>>;
  /** What the fake of PayPal signs under, in PEM, made at its start: the value of `PROVIDER_ROOTS`. */
  readonly roots: string;
  close(): Promise<void>;
}

export interface ServeOptions {
  readonly activity: Activity;
  onProblem(text: string): void;
}

const lookEveryMs = 200;

/** Waits before a delivery that was not answered by 2xx is sent again; after the last it is given up. */
const retryMs = [500, 2_000, 10_000, 60_000];

/**
 * The fakes of all providers on servers of this machine, in place of the providers' own hosts. Their webhooks are posted as they fall
 * due, to addresses of this machine alone. What they know is lost when they end.
 */
export async function serveProviders(options: ServeOptions): Promise<ServedProviders> {
  const now = (): Date => new Date();
  const { stripe, adyen, paypal } = localAccounts;
  const { reportUser: name, reportPassword: password, apiKey, merchantAccount } = adyen;
  const fakes: Readonly<Record<ServedProviderName, FakeProvider>> = {
    stripe: newFakeStripe({ now, apiKeys: [stripe.apiKey] }),
    adyen: newFakeAdyen({
      now,
      apiKey,
      merchantAccount,
      newHmacKey: () => randomBytes(32).toString('hex').toUpperCase(),
      reportUser: { name, password },
    }),
    paypal: newFakePaypal({ now, ...paypal, webhookId: '1JE4291016473214C' }),
  };
  const served = {
    stripe: await serve(fakes.stripe, options),
    adyen: await serve(fakes.adyen, options),
    paypal: await serve(fakes.paypal, options),
  };
  return {
    endpoints: { stripe: served.stripe.url, adyen: served.adyen.url, paypal: served.paypal.url },
    roots: testSigner().root,
    close: async () => {
      await Promise.all(Object.values(served).map((each) => each.close()));
    },
  };
}

async function serve(fake: FakeProvider, options: ServeOptions) {
  const sender = newSender(fake, options);
  const server = createServer((request, response) => {
    void answerOverHttp(fake, request, response)
      .catch((error: unknown) => {
        options.onProblem(`a fake provider failed: ${error instanceof Error ? error.message : String(error)}`);
        response.destroy();
      })
      .finally(() => {
        sender.look();
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String(portOf(server))}`,
    close: async () => {
      sender.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a fake provider listens nowhere');
  return address.port;
}

/** Has a fake answer what came over the wire. Throws what the fake throws, unless whoever asked has gone. */
export async function answerOverHttp(
  fake: Pick<FakeProvider, 'handle'>,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await bodyOf(incoming);
  const gone = new AbortController();
  response.on('close', () => {
    gone.abort();
  });
  const request = new Request(`http://${incoming.headers.host ?? '127.0.0.1'}${incoming.url ?? '/'}`, {
    method: incoming.method ?? 'GET',
    headers: Object.entries(incoming.headers).flatMap(([header, value]) =>
      typeof value === 'string' ? [[header, value] as [string, string]] : [],
    ),
    ...(body.length === 0 ? {} : { body }),
    signal: gone.signal,
  });
  let answered: Response;
  try {
    answered = await fake.handle(request);
  } catch (error) {
    // The caller of a request that is never answered has given up.
    if (gone.signal.aborted) return;
    throw error;
  }
  response.writeHead(answered.status, Object.fromEntries(answered.headers));
  response.end(Buffer.from(await answered.arrayBuffer()));
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(incoming, 'end');
  return Buffer.from(Buffer.concat(chunks));
}

/** Posts what falls due, in order; a delivery that is turned away is sent again later, and holds up no other. */
function newSender(fake: FakeProvider, options: ServeOptions) {
  const timers = new Set<NodeJS.Timeout>();
  let stopped = false;

  const post = async (delivery: FakeDelivery, attempt: number): Promise<void> => {
    if (stopped) return;
    if (new URL(delivery.url).hostname !== '127.0.0.1') {
      options.onProblem(`a fake provider was told to post its webhooks to ${new URL(delivery.url).host}, and does not`);
      return;
    }
    const done = options.activity.begin('a webhook of a fake provider');
    try {
      const answered = await fetch(delivery.url, {
        method: 'POST',
        headers: Object.entries(delivery.headers).flatMap(([header, value]) =>
          value === undefined ? [] : [[header, value] as [string, string]],
        ),
        body: Buffer.from(delivery.body),
        signal: AbortSignal.timeout(10_000),
      });
      await answered.body?.cancel();
      if (!answered.ok) later(delivery, attempt);
    } catch {
      later(delivery, attempt);
    } finally {
      done();
    }
  };

  const later = (delivery: FakeDelivery, attempt: number): void => {
    const delayMs = retryMs[attempt];
    if (delayMs === undefined || stopped) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      void post(delivery, attempt + 1);
    }, delayMs);
    timers.add(timer);
  };

  let line = Promise.resolve();
  const look = (): void => {
    if (stopped) return;
    for (const delivery of fake.takeDeliveries()) line = line.then(() => post(delivery, 0));
  };
  const interval = setInterval(look, lookEveryMs);
  return {
    look,
    stop: () => {
      stopped = true;
      clearInterval(interval);
      timers.forEach((timer) => {
        clearTimeout(timer);
      });
    },
  };
}
