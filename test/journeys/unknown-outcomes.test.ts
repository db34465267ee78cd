import { newDynamoDueList } from '../../lambdas/adapters/dynamodb/dynamo-views';
import { newDynamoJournal } from '../../lambdas/adapters/dynamodb/dynamo-journal';
import { openPaymentKind, paymentEntity, paymentStream, type PaymentEvent } from '../../lambdas/domain/payments';
import { openPaymentLists } from '../../lambdas/domain/payments/open-payments';
import { newCommit, type CommandPorts } from '../../lambdas/kernel/command';
import { deriveId, newCommitIds, systemRandomness } from '../../lambdas/kernel/ids';
import { accountOf } from '../../lambdas/sandbox/account';
import { sharedCloud, type Parsed } from '../support/local-cloud';
import { newOperator } from '../support/operator';
import { aConnectedTenant, must, newKey, paymentBody, within, type ConnectedTenant } from '../support/people';
import { effectsOf, sandboxUrl } from '../support/sandbox';

/**
 * Operations whose outcome nobody told, through the real functions. The clocks of functions cannot be moved, so what takes time is
 * planted in the journal as it would have been written then; the whole schedule is proved by the tests of the sweeper itself.
 */

const minute = 60_000;
const hour = 60 * minute;

const cloud = sharedCloud();
const operator = newOperator(cloud);
const tables = { journalTable: 'countinghouse-dev-journal', viewsTable: 'countinghouse-dev-views' };
const client = operator.dynamodb;
const journal = newDynamoJournal({ client, ...tables, coordinationTable: '' });
const dueList = newDynamoDueList({ client, ...tables });

describe('an operation whose outcome nobody told', () => {
  let tenant: ConnectedTenant;

  beforeAll(async () => {
    tenant = await aConnectedTenant(cloud, 'Patient Shop');
    // The provider's webhooks to this tenant are lost on the way.
    await cloud.addFault({
      id: 'webhooks-lost',
      functionName: 'countinghouse-dev-sandbox-webhooks',
      service: 'dynamodb',
      bodyIncludes: accountOf(`Bearer ${tenant.apiKey}`) ?? 'no account',
      kind: 'error',
      times: 1_000,
    });
  });

  afterAll(() => cloud.clearFaults());

  const read = async (paymentId: string): Promise<Parsed> =>
    must(await tenant.owner.api.get(`${tenant.path}/payments/${paymentId}`), 200);

  /** The payments of this tenant that the sweeper will find by then. */
  const listedBy = async (until: Date): Promise<readonly unknown[]> => {
    const pages = await Promise.all(
      openPaymentLists.map((under) =>
        dueList.due('platform', openPaymentKind, { limit: 1_000, until: until.toISOString(), under }),
      ),
    );
    return pages
      .flatMap(({ records }) => records.map(({ data }) => data))
      .flatMap(({ tenant: owner, paymentId }) => (owner === tenant.tenantId ? [paymentId] : []));
  };

  const idsOf = (seed: string) => ({
    paymentId: deriveId('payment', [tenant.tenantId, seed]),
    operationId: deriveId('operation', [tenant.tenantId, seed]),
  });

  /** An intent of that age, as the payments function writes it, and what look-ups found since. */
  async function plant(
    seed: string,
    ageMs: number,
    lookups: readonly { agoMs: number; found: 'absent' | 'unknown' }[] = [],
  ): Promise<{ paymentId: string; operationId: string }> {
    const { paymentId, operationId } = idsOf(seed);
    const stream = paymentStream(tenant.tenantId, paymentId);
    const steps: { event: PaymentEvent; agoMs: number }[] = [
      {
        agoMs: ageMs,
        event: {
          type: 'PaymentCreated',
          data: {
            operationId,
            connectionId: tenant.connectionId,
            provider: 'sandbox',
            amount: 1099,
            currency: 'USD',
            capture: 'automatic',
          },
        },
      },
      ...lookups.map(({ agoMs, found }) => ({
        agoMs,
        event: { type: 'OperationLookedUp', data: { operationId, found } } as const,
      })),
    ];
    let loaded: Parameters<typeof newCommit<Parameters<typeof paymentEntity.audited>[0], PaymentEvent>>[4] = {
      state: undefined,
      version: 0,
    };
    for (const { event, agoMs } of steps) {
      const clock = { now: () => new Date(Date.now() - agoMs) };
      const ports: Pick<CommandPorts, 'clock' | 'commitIds'> = {
        clock,
        commitIds: newCommitIds({ now: () => new Date() }, systemRandomness),
      };
      const context = {
        actor: { user: tenant.owner.userId, level: 'owner' },
        request: { id: `plant-${seed}`, route: 'payments.create' },
        command: { name: 'payments.create', key: `${seed}-${event.type}` },
      } as const;
      const { commit, state } = newCommit(ports, paymentEntity, stream, context, loaded, [event]);
      expect(await journal.append([commit])).toEqual({ ok: true });
      loaded = { state, version: commit.version };
    }
    return { paymentId, operationId };
  }

  /** The provider does what is then planted as asked for. */
  async function actAtProvider(seed: string): Promise<void> {
    const { paymentId, operationId } = idsOf(seed);
    const body = {
      paymentId,
      amount: 1099,
      currency: 'USD',
      token: 'tok_success',
      capture: 'automatic',
      pageBaseUrl: 'https://sandbox.example',
    };
    const headers = { authorization: `Bearer ${tenant.apiKey}`, 'idempotency-key': operationId };
    must(await cloud.api().post(`${sandboxUrl(cloud)}/v1/authorizations`, body, headers), 200);
  }

  it('is asked about, never submitted again, and ends as what the provider says, or as never received', async () => {
    const absent = { agoMs: 5 * minute, found: 'absent' } as const;
    const neverArrived = await plant('never-arrived', 6 * minute, [absent]);
    const askedOnce = await plant('asked-once', 6 * minute);
    const silent = await plant('silent', 140 * hour);
    // Before the intent can be found: the schedule may start the sweeper at any moment.
    await actAtProvider('done');
    const done = await plant('done', 6 * minute);
    const all = [neverArrived, askedOnce, silent, done];
    await within(15_000, 'the open payments are not listed', async () => {
      const listed = await listedBy(new Date(Date.now() + 200 * hour));
      const payments = await Promise.all(all.map(({ paymentId }) => read(paymentId)));
      // A sweep by the schedule may have settled one already.
      const isKnown = ({ id, status, needsAttention }: Parsed): boolean =>
        listed.includes(id) || status !== 'processing' || needsAttention;
      return payments.every(isKnown) ? true : undefined;
    });
    await cloud.tick('payment-sweeper');

    const settled = await within(15_000, 'the sweeper settled nothing', async () => {
      const payments = await Promise.all(all.map(({ paymentId }) => read(paymentId)));
      // The first has one look-up that was planted.
      const isAsked = ({ status, operations: [{ lookUps }] }: Parsed, index: number): boolean =>
        status !== 'processing' || lookUps > (index === 0 ? 1 : 0);
      return payments.every(isAsked) ? payments : undefined;
    });
    const [ofNeverArrived, ofAskedOnce, ofSilent, ofDone] = settled;
    expect(ofNeverArrived).toMatchObject({ status: 'failed', failureReason: 'not_received', needsAttention: false });
    expect(ofAskedOnce).toMatchObject({ status: 'processing', operations: [{ lookUps: 1 }], attention: [] });
    expect(Date.parse(ofAskedOnce!.operations[0].nextLookUpAt) - Date.parse(ofAskedOnce!.createdAt)).toBe(30 * minute);
    expect(ofSilent).toMatchObject({
      status: 'processing',
      needsAttention: true,
      attention: [{ reason: 'outcome-unresolved', operationId: silent.operationId }],
    });
    expect(ofDone).toMatchObject({ status: 'captured', needsAttention: false });
    for (const { paymentId } of [neverArrived, askedOnce, silent]) {
      expect(await effectsOf(cloud, tenant, paymentId)).toEqual([]);
    }
    expect(await effectsOf(cloud, tenant, done.paymentId)).toHaveLength(1);
    const lines = await cloud.logs({ function: 'payment-sweeper' });
    expect(lines.some(({ line }) => line.includes('OperationUnresolved'))).toBe(true);

    // The projector follows: what is settled, and what is for a person, is asked about no more.
    await within(15_000, 'the lists do not follow', async () => {
      const listed = await listedBy(new Date(Date.now() + 200 * hour));
      const mine = all.map(({ paymentId }) => listed.includes(paymentId));
      return JSON.stringify(mine) === JSON.stringify([false, true, false, false]) ? true : undefined;
    });
    const { data } = must(
      await tenant.owner.api.get(`${tenant.path}/payments/${done.paymentId}/timeline?limit=100`),
      200,
    );
    expect(data[0].actor).toEqual({ user: 'payment-sweeper', level: 'system' });

    // What nobody told, somebody has found out.
    const resolve = (operationId: string, body: object) =>
      tenant.owner.api.post(
        `${tenant.path}/payments/${silent.paymentId}/operations/${operationId}/resolve`,
        { evidence: { kind: 'provider-support', reference: 'Case 4711' }, ...body },
        newKey(),
      );
    const askedFor = { amount: 1099, currency: 'USD' };
    const wrong = { outcome: 'succeeded', providerReference: 'found', amount: { ...askedFor, amount: 1 } };
    expect((await resolve(silent.operationId, wrong)).body.reason).toBe('attested-amount-differs');
    expect((await resolve(done.operationId, { outcome: 'failed' })).status).toBe(404);
    const resolved = must(await resolve(silent.operationId, { outcome: 'failed', reason: 'not_received' }), 200);
    expect(resolved).toMatchObject({ status: 'failed', needsAttention: false, attention: [] });
    expect((await resolve(silent.operationId, { outcome: 'failed' })).status).toBe(409);
    const timeline = must(
      await tenant.owner.api.get(`${tenant.path}/payments/${silent.paymentId}/timeline?limit=1`),
      200,
    );
    expect(timeline.data[0]).toMatchObject({
      actor: { user: tenant.owner.userId, level: 'owner' },
      command: 'payments.resolve',
      events: [{ type: 'OutcomeAttested', data: { operationId: silent.operationId } }],
    });
  }, 60_000);

  it.each([
    // The intent stands, and nobody called the provider.
    ['between the intent and the call', 'kill-after', 0, 0],
    // The provider acted, and nobody wrote it down.
    ['between the call and the outcome', 'kill-before', 1, 1],
  ] as const)(
    'of a request that crashed %s is found by the sweeper',
    async (_, kind, skip, effects) => {
      const functionName = 'countinghouse-dev-payments';
      await cloud.addFault({
        id: 'crash',
        functionName,
        service: 'dynamodb',
        action: 'PutItem',
        kind,
        skip,
        times: 1,
        bodyIncludes: '#payment#',
      });
      const key = newKey();
      const reference = `crashed ${kind}`;
      const body = paymentBody({ reference });
      const crashed = await tenant.owner.api.post(`${tenant.path}/payments`, body, key);
      expect(crashed.status).toBeGreaterThanOrEqual(500);
      expect((await cloud.faults()).find(({ id }) => id === 'crash')).toMatchObject({ fired: 1 });

      const again = await tenant.owner.api.post(`${tenant.path}/payments`, body, key);
      expect([again.status, again.body.type]).toEqual([409, expect.stringContaining('in-progress')]);
      const payment = await within(15_000, 'the payment is not listed', async () => {
        const { data } = must(await tenant.owner.api.get(`${tenant.path}/payments?limit=10`), 200);
        const found = data.find((each: Parsed) => each.reference === reference);
        const soon = await listedBy(new Date(Date.now() + minute));
        return found !== undefined && soon.includes(found.id) ? await read(found.id) : undefined;
      });
      expect(payment).toMatchObject({ status: 'processing', operations: [{ status: 'pending', lookUps: 0 }] });
      expect(Date.parse(payment.operations[0].nextLookUpAt) - Date.parse(payment.createdAt)).toBe(minute);
      expect(await effectsOf(cloud, tenant, payment.id)).toHaveLength(effects);
    },
    60_000,
  );
});
