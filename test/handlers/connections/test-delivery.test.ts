import { newTestDelivery } from '../../../lambdas/handlers/connections/test-delivery';

const delivery = { headers: { 'webhook-id': 'evt_1', absent: undefined }, body: Buffer.from('{"é":1}') };

function aDoor(...statuses: readonly (number | 'down')[]) {
  const left = [...statuses];
  const requests: Request[] = [];
  const waits: number[] = [];
  const deliver = newTestDelivery(
    async (input, init) => {
      requests.push(new Request(input, init));
      const status = left.shift() ?? 500;
      if (status === 'down') throw new TypeError('fetch failed');
      return new Response(null, { status });
    },
    async (ms) => void waits.push(ms),
  );
  return { requests, waits, result: () => deliver('https://hooks.example/t/c', delivery) };
}

describe('a test webhook to our own address', () => {
  test('is posted with its raw bytes and headers', async () => {
    const { requests, result } = aDoor(200);
    expect(await result()).toBe('accepted');
    const [request] = requests;
    expect([request!.method, request!.url, await request!.text()]).toEqual([
      'POST',
      'https://hooks.example/t/c',
      '{"é":1}',
    ]);
    expect([request!.headers.get('webhook-id'), request!.headers.has('absent')]).toEqual(['evt_1', false]);
  });

  test('waits until the door knows a new connection, and not for ever', async () => {
    const late = aDoor(404, 401, 200);
    expect([await late.result(), late.waits.length]).toEqual(['accepted', 2]);
    const never = aDoor(404, 404, 404, 404, 200);
    expect(await never.result()).toBe('refused');
    expect(never.waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(5_000);
  });

  test.each([
    [400, 'refused'],
    [429, 'refused'],
    [503, 'unreachable'],
    ['down', 'unreachable'],
  ] as const)('that is answered %s says so', async (status, result) => {
    const door = aDoor(status);
    expect([await door.result(), door.waits]).toEqual([result, []]);
  });
});
