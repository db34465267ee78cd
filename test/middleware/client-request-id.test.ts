import fc from 'fast-check';

import { clientRequestIdOf, safeRequestId } from '../../lambdas/middleware/client-request-id';
import type { HttpRequest } from '../../lambdas/middleware/http-request';

const withIds = (...ids: readonly string[]): HttpRequest => ({
  method: 'GET',
  resource: '/v1/me',
  headers: new Map([['x-request-id', ids]]),
  pathParameters: {},
  query: {},
  body: Buffer.alloc(0),
  sourceIp: undefined,
  userAgent: undefined,
  claims: undefined,
});

describe("a caller's X-Request-Id", () => {
  test.each(['0d9b6e0a-7f3c-4a52-9a51-3d1f0d3b7f10', 'order-2026-11-22.1', '01JDAZ3N8Q5W7X9Y1B2C3D4E5F'])(
    'of a safe form is taken: %s',
    (id) => {
      expect(clientRequestIdOf(withIds(id))).toBe(id);
    },
  );

  test.each([
    ['short', 'abc'],
    ['too long', 'a'.repeat(65)],
    ['a line break', 'request-1\r\nset-cookie: a=b'],
    ['markup', '<script>alert</script>'],
    ['a card number', '4111111111111111'],
    ['a card number in groups', 'order-4111-1111-1111-1111'],
    ['a secret', 'sk_live_0123456789abcdef'],
    ['another script', 'zapros-\u043f\u0440\u0438\u0432\u0435\u0442'],
  ])('of another form is ignored: %s', (_, id) => {
    expect(clientRequestIdOf(withIds(id))).toBeUndefined();
  });

  test('is ignored when it comes twice, and absent when there is none', () => {
    expect(clientRequestIdOf(withIds('request-1', 'request-2'))).toBeUndefined();
    expect(clientRequestIdOf(withIds())).toBeUndefined();
  });

  test('is never more than 64 plain characters, whatever was sent', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 100 }), (text) => {
        const taken = safeRequestId(text);
        expect(taken === undefined || (taken === text && /^[\w.-]{8,64}$/.test(taken))).toBe(true);
      }),
    );
  });
});
