import { randomInt } from 'node:crypto';

import { startCloud, type ApiAnswer, type Parsed, type TestCloud } from '../support/local-cloud';
import { logDifferences } from '../support/audit-log';
import { newOperator, wormBucket } from '../support/operator';
import {
  aConnectedTenant,
  aPayment,
  aSession,
  must,
  newKey,
  paymentBody,
  type ConnectedTenant,
} from '../support/people';
import { productAssembly } from '../support/product-assembly';
import { effectsOf } from '../support/sandbox';

/** A cloud of its own, on ports that stay: a provider knows our webhook address for longer than one run of ours. */
describe('a cloud that ends and starts again', () => {
  let cloud: TestCloud;
  let tenant: ConnectedTenant;

  beforeAll(async () => {
    const port = 20_000 + 10 * randomInt(1000);
    cloud = await startCloud({ assemblyDir: await productAssembly(), port, seed: true });
    tenant = await aConnectedTenant(cloud, 'Lasting Shop');
  });

  afterAll(() => cloud.stop());

  const create = (headers: Readonly<Record<string, string>>, token = 'tok_success'): Promise<ApiAnswer> =>
    tenant.owner.api.post(`${tenant.path}/payments`, paymentBody({ token }), headers);

  const paymentNow = async (id: string): Promise<Parsed> =>
    must(await tenant.owner.api.get(`${tenant.path}/payments/${id}`), 200);

  const objects = async () => {
    const operator = newOperator(cloud);
    return operator.objects(await wormBucket(operator));
  };

  const isWhole = async (): Promise<void> => {
    await cloud.idle();
    const operator = newOperator(cloud);
    for (const owner of [{ tenant: tenant.tenantId }, 'platform'] as const) {
      expect(await logDifferences(operator, await wormBucket(operator), owner)).toEqual([]);
    }
  };

  it('keeps payments, people, sessions, secrets, queues and the audit log over a restart', async () => {
    const headers = newKey();
    const payment = must(await create(headers), 201);
    await cloud.idle();
    const before = await objects();
    const users = cloud.description.users;
    const session = await aSession(cloud, tenant.owner);
    // Its webhook waits in the queue for some seconds, so that what is delivered in the end was kept over the restart.
    const late = await aPayment(tenant, { token: 'tok_late_webhook' });
    const waiting = (await cloud.queues())['countinghouse-dev-sandbox-webhooks'];
    expect(waiting?.delayed).toBe(1);

    await cloud.restart();

    expect(cloud.description.users).toEqual(users);
    const after = new Map((await objects()).map(({ key, bytes }) => [key, bytes]));
    for (const { key, bytes } of before) expect(after.get(key)).toEqual(bytes);

    // Signed in before, stepped up before, and renewed after.
    expect(await paymentNow(payment.id)).toEqual(payment);
    must(await cloud.api(await cloud.refresh(session)).get('/v1/me'), 200);
    const again = await create(headers);
    expect(must(again, 201)).toEqual(payment);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    must(await tenant.owner.api.post(`${tenant.path}/payments/${String(payment.id)}/refunds`, {}, newKey()), 201);
    must(await cloud.api(await aSession(cloud, tenant.owner)).get(`${tenant.path}/payments`), 200);

    await cloud.advanceClock(10_000);
    await cloud.idle();
    const { data } = must(await tenant.owner.api.get(`${tenant.path}/webhook-events`), 200);
    expect(data.filter(({ paymentId }: Parsed) => paymentId === late.id)).toHaveLength(1);
    await isWhole();
  });

  it('loses and doubles nothing when the power is cut in the middle of work', async () => {
    const requests = Array.from({ length: 16 }, () => newKey());
    const answered: (ApiAnswer | undefined)[] = [];
    const running = requests.map(async (headers, index) => {
      answered[index] = await create(headers).catch(() => undefined);
    });
    while (answered.filter((answer) => answer !== undefined).length < 4) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await cloud.restart('SIGKILL');
    await Promise.all(running);
    const done = answered.filter((answer) => answer?.status === 201);
    expect(done.length).toBeGreaterThanOrEqual(4);
    expect(done.length).toBeLessThan(requests.length);
    for (const answer of done) expect(await paymentNow(answer?.body.id)).toMatchObject({ status: 'captured' });

    // Whoever got no answer asks again under the same key, and gets one.
    for (const [index, headers] of requests.entries()) {
      const again = await create(headers);
      expect([201, 202, 409]).toContain(again.status);
      if (answered[index]?.status === 201) expect(must(again, 201).id).toBe(answered[index].body.id);
    }
    await cloud.idle();
    const { data } = must(await tenant.owner.api.get(`${tenant.path}/payments?limit=100`), 200);
    expect(data).toHaveLength(requests.length + 2);
    for (const { id } of data)
      expect(
        (await effectsOf(cloud, tenant, id)).filter(({ kind }) => kind === 'authorization').length,
      ).toBeLessThanOrEqual(1);
    await isWhole();
  });

  it('still has nothing wrong after one more restart', async () => {
    const before = await objects();
    await cloud.restart();
    await isWhole();
    const after = new Map((await objects()).map(({ key, bytes }) => [key, bytes]));
    for (const { key, bytes } of before) expect(after.get(key)).toEqual(bytes);
  });
});
