import { randomUUID } from 'node:crypto';

import { sharedCloud, type ApiAnswer, type Parsed } from '../support/local-cloud';
import { newOperator } from '../support/operator';
import {
  aConnectedTenant,
  aMember,
  aPayment,
  aPerson,
  must,
  newKey,
  within,
  type ConnectedTenant,
} from '../support/people';

const cloud = sharedCloud();
const operator = newOperator(cloud);

/** Lines that a function has logged as JSON and that hold a text. */
async function linesOf(name: string, contains: string): Promise<readonly Parsed[]> {
  const lines = await cloud.logs({ function: name, contains });
  return lines.flatMap(({ line }): readonly Parsed[] => {
    const at = line.indexOf('{');
    try {
      return at < 0 ? [] : [JSON.parse(line.slice(at))];
    } catch {
      return [];
    }
  });
}

const idOf = (answer: ApiAnswer): string => answer.headers.get('x-request-id') ?? '';

async function commitsOf(requestId: string) {
  return (await operator.journal()).flatMap((record) =>
    record.type === 'commit' && record.commit.request.id === requestId ? [record.commit] : [],
  );
}

describe('the id of a request', () => {
  let tenant: ConnectedTenant;

  beforeAll(async () => {
    tenant = await aConnectedTenant(cloud, 'Traced Shop');
  });

  it("is the gateway's, in the answer, the log and the commit; the client's own is logged beside it and sent back", async () => {
    const clientId = `client-${randomUUID()}`;
    const { email } = await aPerson(cloud, 'traced');
    const body = { email, role: 'auditor' };
    const answer = await tenant.owner.api.post(`${tenant.path}/members`, body, {
      ...newKey(),
      'x-request-id': clientId,
    });
    must(answer, 201);
    const requestId = idOf(answer);
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.headers.get('x-client-request-id')).toBe(clientId);
    expect(await linesOf('members', clientId)).toEqual([
      expect.objectContaining({ requestId, clientRequestId: clientId, route: 'members.invite', status: 201 }),
    ]);
    expect((await commitsOf(requestId)).map(({ stream }) => stream.kind)).toContain('invitation');
  });

  it('is in every problem, the gateway’s own included', async () => {
    for (const answer of [
      await cloud.api().get('/v1/me', { 'x-request-id': 'client-request-1' }),
      await cloud.api(tenant.owner.session).get('/v1/nothing'),
      await tenant.owner.api.get(`${tenant.path}/payments/pay_00000000000000000000`),
    ]) {
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer.body.requestId).toBe(idOf(answer));
    }
  });

  it('cannot be chosen by the client, nor can what is no id be sent back', async () => {
    for (const sent of ['short', 'a'.repeat(200), '<script>alert(1)</script>', '4111111111111111']) {
      const answer = await tenant.owner.api.get('/v1/me', { 'x-request-id': sent });
      expect(idOf(answer)).not.toContain(sent);
      expect(answer.headers.get('x-client-request-id')).toBeNull();
    }
  });

  it('goes with what a commit sets off: through the stream and the queue to the log of the mail, and into the mail', async () => {
    const member = await aMember(cloud, tenant, { role: 'admin' });
    const suspended = await tenant.owner.api.post(`${tenant.path}/members/${member.userId}/suspend`, {
      reason: 'away',
    });
    must(suspended, 200);
    await cloud.idle();
    const requestId = idOf(suspended);
    expect(await linesOf('notifier', requestId)).toEqual([
      expect.objectContaining({ requestId, notice: 'member-suspended', reason: 'sent', tenantId: tenant.tenantId }),
    ]);
    const mails = (await cloud.outbox()).filter(({ to }) => to.includes(member.email));
    expect(mails.at(-1)).toMatchObject({ subject: 'Your access to Traced Shop is suspended' });
    expect(mails.at(-1)?.text).toContain(`name the reference ${requestId}`);
  });

  it('goes with what an operator puts back into the queue, and with what a provider sends', async () => {
    const payment = await aPayment(tenant);
    await cloud.idle();
    const applied = await within(10_000, 'no webhook was applied', async () => {
      const { data } = must(await tenant.owner.api.get(`${tenant.path}/webhook-events?limit=100`), 200);
      return data.find((event: Parsed) => event.paymentId === payment.id && event.status === 'applied');
    });
    const [received] = (await operator.journal()).flatMap((record) =>
      record.type === 'commit' && record.commit.stream.id === applied.id ? [record.commit] : [],
    );
    const deliveryId = received?.request.id ?? '';
    // The commit names the delivery, the log of the delivery names what the provider calls it, and its own log says the same.
    const [delivery] = await linesOf('webhook-ingest', deliveryId);
    expect(delivery).toMatchObject({ requestId: deliveryId, status: 200, tenantId: tenant.tenantId });
    expect(await linesOf('sandbox-webhooks', delivery.clientRequestId)).toContainEqual(
      expect.objectContaining({ requestId: delivery.clientRequestId }),
    );
    expect(await linesOf('webhook-processor', deliveryId)).toContainEqual(
      expect.objectContaining({ requestId: deliveryId, reason: 'applied', paymentId: payment.id }),
    );
  });
});
