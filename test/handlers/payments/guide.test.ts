import '../../support/function-env';
import { readFileSync } from 'node:fs';

import { attentionReasons } from '../../../lambdas/domain/payments';
import { ask } from '../../support/service-world';
import { aShop } from './a-shop';

const guide = readFileSync('docs/guides/payments.md', 'utf8');

interface Example {
  readonly resource: string;
  readonly key: string;
  readonly body: object;
  readonly status: number;
  readonly word: string;
}

const examples: readonly Example[] = [
  ...guide.matchAll(
    /```http\nPOST (\S+)\nIdempotency-Key: (\S+)\n\n([\s\S]*?)\n```\n\nAnswer: `(\d{3})`, `([a-z_-]+)`\./g,
  ),
].map(([, resource = '', key = '', body = '', status, word = '']) => ({
  resource,
  key,
  body: JSON.parse(body) as object,
  status: Number(status),
  word,
}));

test('every request of the guide to payments runs as it stands, and is answered as it says', async () => {
  expect(examples).toHaveLength(guide.split('```http').length - 1);
  expect(examples.length).toBeGreaterThan(7);
  const shop = await aShop();
  let [paymentId, operationId] = ['', ''];
  for (const { resource, key, body, status, word } of examples) {
    const params = {
      tenantId: shop.tenant,
      ...(resource.includes('{paymentId}') ? { paymentId } : {}),
      ...(resource.includes('{operationId}') ? { operationId } : {}),
    };
    if (resource.endsWith('/resolve')) await shop.askInVain(paymentId);
    const answer = await ask(shop.payments, { resource, params, headers: { 'Idempotency-Key': key }, body });
    expect([key, answer.status, answer.body.reason ?? answer.body.status]).toEqual([key, status, word]);
    if (resource.endsWith('/payments') && answer.status < 300) {
      paymentId = answer.body.id;
      [{ id: operationId }] = answer.body.operations;
    }
  }
});

test('the guide to payments explains every reason why a person must look', () => {
  const explained = [...guide.matchAll(/^\| `([a-z-]+)` +\|/gm)].map(([, reason]) => reason);
  expect(explained).toEqual([...attentionReasons]);
});
