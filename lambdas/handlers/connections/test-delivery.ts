import type { RawDelivery } from '../../domain/providers/provider';
import type { TestConnectionPorts } from '../../domain/providers';
import type { Sleep } from '../../kernel/clock';

/** Ingest answers within a moment, or the test tells nothing. */
const timeoutMs = 5_000;

/**
 * Ingest learns of a new connection within five seconds, and of a new secret within one; until then it answers 404 and 401. What a
 * provider would send again is sent again here.
 */
const waitMs = 2_000;
const maxWaits = 3;

/** Posts a test webhook to our own address, over the way that a provider's take. */
export function newTestDelivery(send: typeof fetch, sleep: Sleep): TestConnectionPorts['deliver'] {
  return async (url, delivery) => {
    for (let waits = 0; ; waits += 1) {
      const status = await post(send, url, delivery);
      if (status === undefined || status >= 500) return 'unreachable';
      if (status < 300) return 'accepted';
      if (![401, 404].includes(status) || waits === maxWaits) return 'refused';
      await sleep(waitMs);
    }
  };
}

/** The status of the answer; undefined without one. */
async function post(send: typeof fetch, url: string, { headers, body }: RawDelivery): Promise<number | undefined> {
  const present = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  try {
    const answer = await send(url, {
      method: 'POST',
      headers: Object.fromEntries(present),
      body: Buffer.from(body),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    await answer.body?.cancel();
    return answer.status;
  } catch {
    return undefined;
  }
}
