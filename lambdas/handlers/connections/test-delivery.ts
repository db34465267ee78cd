import type { TestConnectionPorts } from '../../domain/providers';

/** Ingest answers within a moment, or the test tells nothing. */
const timeoutMs = 8_000;

/** Posts a test webhook to our own address, over the way that a provider's take. */
export function newTestDelivery(send: typeof fetch): TestConnectionPorts['deliver'] {
  return async (url, { headers, body }) => {
    try {
      const present = Object.entries(headers).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value] as const],
      );
      const answer = await send(url, {
        method: 'POST',
        headers: Object.fromEntries(present),
        body: Buffer.from(body),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      await answer.body?.cancel();
      if (answer.ok) return 'accepted';
      return answer.status < 500 ? 'refused' : 'unreachable';
    } catch {
      return 'unreachable';
    }
  };
}
