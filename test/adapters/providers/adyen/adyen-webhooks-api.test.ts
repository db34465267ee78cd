import { refused } from '../../../../local/providers/adyen/wire';
import { anAdyen, hmacKey, merchantAccount, webhookUrl } from './an-adyen';

const endpoint = { url: webhookUrl, secret: 'ours' };

describe('the webhook at Adyen', () => {
  test('is set up once, with the key that Adyen draws and tells once', async () => {
    const { client } = anAdyen();
    const provider = client();
    expect(await provider.inspectWebhook?.(webhookUrl)).toMatchObject({
      ok: true,
      value: { registered: false, enabled: false },
    });
    expect(await provider.registerWebhook?.(endpoint)).toEqual({ ok: true, value: { secret: hmacKey } });
    expect(await provider.registerWebhook?.(endpoint)).toEqual({ ok: true, value: { secret: undefined } });
    expect(await provider.inspectWebhook?.(webhookUrl)).toEqual({
      ok: true,
      value: { registered: true, enabled: true, missingEvents: [] },
    });
  });

  test('is found among others, on whichever page', async () => {
    const { client } = anAdyen();
    const provider = client();
    for (const path of ['a', 'b', 'c', 'd', 'e'])
      await provider.registerWebhook?.({ ...endpoint, url: `${webhookUrl}/${path}` });
    expect(await provider.registerWebhook?.({ ...endpoint, url: `${webhookUrl}/e` })).toEqual({
      ok: true,
      value: { secret: undefined },
    });
    expect(await provider.inspectWebhook?.(`${webhookUrl}/c`)).toMatchObject({ value: { registered: true } });
    expect(await provider.inspectWebhook?.(`${webhookUrl}/f`)).toMatchObject({ value: { registered: false } });
  });

  test('that was made, and whose key was never drawn, gets one', async () => {
    const { adyen, client } = anAdyen();
    const provider = client();
    // The list is answered, the webhook is made, and the answer with the key is an error.
    let calls = 0;
    const failing = client({
      fetch: async (input, init) => {
        calls += 1;
        if (calls === 3) adyen.answerNext(refused.internal);
        return adyen.handle(new Request(input, init));
      },
    });
    expect(await failing.registerWebhook?.(endpoint)).toEqual({ ok: false, error: 'provider-unreachable' });
    expect(await provider.registerWebhook?.(endpoint)).toEqual({ ok: true, value: { secret: hmacKey } });
  });

  test('that somebody changed shows what it does not tell, and is mended', async () => {
    const { adyen, client } = anAdyen();
    const provider = client();
    await provider.registerWebhook?.(endpoint);
    const url = `https://adyen.example/management/v3/merchants/${merchantAccount}/webhooks/S2-00000001`;
    const headers = { 'x-api-key': 'AQE0123456789', 'content-type': 'application/json' };
    const body = JSON.stringify({ active: false, additionalSettings: { includeEventCodes: ['TECHNICAL_CANCEL'] } });
    await adyen.handle(new Request(url, { method: 'PATCH', headers, body }));
    const shown = await provider.inspectWebhook?.(webhookUrl);
    expect(shown).toMatchObject({ value: { registered: true, enabled: false } });
    expect(shown?.ok === true && shown.value.missingEvents).toContain('EXPIRE');
    await provider.registerWebhook?.(endpoint);
    expect(await provider.inspectWebhook?.(webhookUrl)).toMatchObject({ value: { enabled: true, missingEvents: [] } });
  });

  test('is not for a key without the role, and says so', async () => {
    const provider = anAdyen({ managesWebhooks: false }).client();
    expect(await provider.registerWebhook?.(endpoint)).toEqual({ ok: false, error: 'credentials-refused' });
    expect(await provider.inspectWebhook?.(webhookUrl)).toEqual({ ok: false, error: 'credentials-refused' });
    expect(await provider.check()).toEqual({ ok: true, value: undefined });
  });

  test('cannot be seen while Adyen does not answer, or answers something else', async () => {
    const { adyen, client } = anAdyen();
    for (const answer of [
      refused.internal,
      refused.tooMany,
      { status: 200, body: { data: {} } },
      { status: 200, body: [] },
    ]) {
      adyen.answerNext(answer);
      expect(await client().inspectWebhook?.(webhookUrl)).toEqual({ ok: false, error: 'provider-unreachable' });
    }
  });
});
