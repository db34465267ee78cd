import { functionNames, type FunctionName } from '../../lambdas/env';
import { sharedCloud } from '../support/local-cloud';
import { newOperator, wormBucket } from '../support/operator';
import { anApiKey } from '../support/an-api-key';
import {
  aConnectedTenant,
  aConnection,
  aMember,
  aPayment,
  aPerson,
  aSuperAdmin,
  aTenant,
  enrol,
  must,
  newKey,
  paymentBody,
  within,
  type ConnectedTenant,
  type SignedIn,
  type TestTenant,
} from '../support/people';
import { anAuthorizationEvent, deliver, payOut } from '../support/sandbox';

/** A grant that is taken away, and what must not work without it. */
interface Case {
  readonly action: string;
  /** Answers whether it worked. */
  journey(): Promise<boolean>;
  /**
   * Of a journey that goes through a queue or a stream: whether what was begun is done. It is done late, after the grant is
   * back, and never without it.
   */
  readonly isDone?: () => Promise<boolean>;
}

const cloud = sharedCloud();
const operator = newOperator(cloud);

const deployed = (name: FunctionName): string => `countinghouse-dev-${name}`;

/** Longer than any queue hides a message after a failure. */
const visibilityMs = 15 * 60_000;

describe('without a grant', () => {
  let tenant: ConnectedTenant;
  let unconnected: TestTenant;
  let member: SignedIn;

  beforeAll(async () => {
    tenant = await aConnectedTenant(cloud, 'Granted Shop');
    unconnected = await aTenant(cloud, 'Unconnected Shop');
    member = await aMember(cloud, tenant, { role: 'admin' });
    await enrol(member);
    await cloud.idle();
  });

  const get = async (path: string): Promise<boolean> => (await tenant.owner.api.get(path)).status === 200;

  const pay = async (): Promise<boolean> =>
    (await tenant.owner.api.post(`${tenant.path}/payments`, paymentBody(), newKey())).status === 201;

  const invite = async (): Promise<string> => {
    const { email } = await aPerson(cloud, 'invited');
    const answer = await tenant.owner.api.post(`${tenant.path}/members`, { email, role: 'admin' }, newKey());
    must(answer, 201);
    return email;
  };

  const works = (work: () => Promise<unknown>) => (): Promise<boolean> =>
    work().then(
      () => true,
      () => false,
    );

  const runs = (name: FunctionName) => async (): Promise<boolean> =>
    (await cloud.invoke(deployed(name))).functionError === undefined;

  /** What begins over HTTP and is done behind it. */
  const behind = (begin: () => Promise<string>, isDone: (id: string) => Promise<boolean>) => {
    let id = '';
    return {
      async journey(): Promise<boolean> {
        id = await begin();
        return isDone(id);
      },
      isDone: () => isDone(id),
    };
  };

  const aPaymentId = async (): Promise<string> => (await aPayment(tenant)).id;

  const aRedriveId = async (): Promise<string> => {
    const body = { webhookEventIds: ['whe_0000000000000000000z'] };
    return must(await tenant.owner.api.post(`${tenant.path}/webhook-events/redrive`, body, newKey()), 202).id;
  };

  const isRedriven = async (id: string): Promise<boolean> =>
    must(await tenant.owner.api.get(`${tenant.path}/webhook-redrives/${id}`), 200).status === 'done';

  const isMailed = async (email: string): Promise<boolean> =>
    (await cloud.outbox()).some(({ to }) => to.includes(email));

  const isListed = (list: string) => async (paymentId: string) => {
    const { data } = must(await tenant.owner.api.get(`${tenant.path}/${list}?limit=100`), 200);
    return data.some((each: { id: string; paymentId?: string }) => [each.id, each.paymentId].includes(paymentId));
  };

  const aPayout = async (): Promise<string> => {
    const id = await aPaymentId();
    await payOut(cloud, tenant);
    return id;
  };

  const isSettled = async (paymentId: string): Promise<boolean> => {
    const { capturedAmount, settledAmount } = must(
      await tenant.owner.api.get(`${tenant.path}/payments/${paymentId}`),
      200,
    );
    return settledAmount.amount === capturedAmount.amount;
  };

  const isPosted = async (paymentId: string): Promise<boolean> => {
    const path = `${tenant.path}/ledger/accounts/tenant_payable/statement?currency=USD&limit=100`;
    const { data } = must(await tenant.owner.api.get(path), 200);
    return data.some(({ source }: { source: { id: string } }) => source.id === paymentId);
  };

  const isInTheLog = async (id: string): Promise<boolean> =>
    (await operator.objects(await wormBucket(operator), `${tenant.tenantId}/`)).some(({ bytes }) => bytes.includes(id));

  const readPlatformPolicy = async (): Promise<boolean> =>
    (await (await aSuperAdmin(cloud)).api.get('/v1/platform/security-policy')).status === 200;

  /** At least one grant of every function; a function that is missing here does not compile. */
  const cases: Readonly<Record<FunctionName, readonly [Case, ...Case[]]>> = {
    tenants: [
      {
        action: 'dynamodb:PutItem',
        async journey() {
          const body = { name: 'New Shop', ownerEmail: (await aPerson(cloud, 'new')).email };
          const superAdmin = await aSuperAdmin(cloud);
          return (await superAdmin.api.post('/v1/tenants', body, newKey())).status === 201;
        },
      },
    ],
    members: [
      { action: 'kms:GenerateMac', journey: works(invite) },
      { action: 'dynamodb:BatchGetItem', journey: () => get(`${tenant.path}/members`) },
    ],
    me: [
      {
        action: 'kms:Encrypt',
        journey: async () => (await (await aPerson(cloud, 'enrolling')).api.post('/v1/me/mfa/totp')).status === 201,
      },
      { action: 'dynamodb:Query', journey: () => get('/v1/me') },
    ],
    'mfa-resets': [
      {
        action: 'dynamodb:Query',
        async journey() {
          const path = `${tenant.path}/members/${member.userId}/mfa-reset`;
          return (await tenant.owner.api.post(path, { evidence: 'Called back, case 4711' })).status === 204;
        },
      },
    ],
    'api-keys': [
      { action: 'dynamodb:PutItem', journey: works(() => anApiKey(tenant)) },
      { action: 'dynamodb:BatchGetItem', journey: () => get(`${tenant.path}/api-keys`) },
    ],
    connections: [
      { action: 'dynamodb:UpdateItem', journey: works(() => aConnection(unconnected)) },
      { action: 'secretsmanager:CreateSecret', journey: works(() => aConnection(unconnected)) },
      {
        action: 'secretsmanager:GetSecretValue',
        async journey() {
          const path = `${tenant.path}/provider-connections/${tenant.connectionId}/rotate-webhook-secret`;
          return (await tenant.owner.api.post(path, {}, newKey())).status === 200;
        },
      },
    ],
    payments: [
      { action: 'dynamodb:PutItem', journey: pay },
      { action: 'dynamodb:BatchGetItem', journey: pay },
      { action: 'dynamodb:UpdateItem', journey: pay },
    ],
    settlements: [{ action: 'dynamodb:Query', journey: () => get(`${tenant.path}/settlements`) }],
    'webhook-events': [{ action: 'dynamodb:Query', journey: () => get(`${tenant.path}/webhook-events`) }],
    ledger: [
      { action: 'dynamodb:GetItem', journey: () => get(`${tenant.path}/ledger/trial-balance`) },
      {
        action: 'dynamodb:Query',
        journey: () => get(`${tenant.path}/ledger/accounts/bank/statement?currency=USD`),
      },
    ],
    'audit-events': [{ action: 'dynamodb:PutItem', journey: () => get(`${tenant.path}/audit-events`) }],
    'security-policy': [
      { action: 'dynamodb:Query', journey: () => get(`${tenant.path}/security-policy/history`) },
      // The floor is read by the function's own role, by the same action as the rest of the chain reads it.
      { action: 'dynamodb:GetItem', journey: () => get(`${tenant.path}/security-policy`) },
    ],
    'platform-policy': [{ action: 'dynamodb:Query', journey: readPlatformPolicy }],
    'api-docs': [{ action: 'dynamodb:UpdateItem', journey: () => get('/v1/openapi.json') }],
    'webhook-ingest': [
      {
        action: 'sqs:SendMessage',
        journey: async () => {
          const event = anAuthorizationEvent(await aPayment(tenant));
          return (await deliver(cloud, tenant, event)).status === 200;
        },
      },
    ],
    'webhook-processor': [{ action: 'dynamodb:PutItem', ...behind(aPaymentId, isListed('webhook-events')) }],
    'webhook-redrive': [{ action: 'dynamodb:UpdateItem', ...behind(aRedriveId, isRedriven) }],
    'payment-sweeper': [{ action: 'dynamodb:Query', journey: runs('payment-sweeper') }],
    'webhook-dead-letters': [{ action: 'sqs:ReceiveMessage', journey: runs('webhook-dead-letters') }],
    'payout-importer': [{ action: 'dynamodb:PutItem', ...behind(aPayout, isSettled) }],
    projector: [{ action: 'dynamodb:PutItem', ...behind(aPaymentId, isListed('payments')) }],
    'audit-sequencer': [{ action: 's3:PutObject', ...behind(aPaymentId, isInTheLog) }],
    'audit-sweep': [{ action: 'dynamodb:Scan', journey: runs('audit-sweep') }],
    notifier: [
      { action: 'kms:Decrypt', ...behind(invite, isMailed) },
      { action: 'kms:GenerateMac', ...behind(invite, isMailed) },
    ],
    'sandbox-provider': [{ action: 'dynamodb:PutItem', journey: pay }],
    'sandbox-webhooks': [{ action: 'dynamodb:GetItem', ...behind(aPaymentId, isListed('webhook-events')) }],
    // Its code calls nothing: what it needs is that the user pool may call it.
    'pre-sign-up': [{ action: 'lambda:InvokeFunction', journey: works(() => aPerson(cloud, 'new')) }],
    // It refuses nobody: what is lost without the grant is the record of the sign-in.
    'post-authentication': [
      {
        action: 'dynamodb:PutItem',
        async journey() {
          const { userId } = await aPerson(cloud, 'signing-in');
          const seen = (await operator.journal()).flatMap((record) =>
            record.type === 'observation' ? [record.observation] : [],
          );
          return seen.some(({ type, actor }) => type === 'SignedIn' && actor.user === userId);
        },
      },
    ],
    'platform-bootstrap': [
      {
        action: 'cognito-idp:ListUsers',
        // It works once in the life of a platform; that it says so is what it is able to do here.
        async journey() {
          const { email } = cloud.seeded('super-admin');
          const { payload } = await cloud.invoke(deployed('platform-bootstrap'), { email });
          return String(payload.errorMessage).includes('has had its first Super Admin');
        },
      },
    ],
    'platform-admins': [
      {
        action: 'dynamodb:PutItem',
        async journey() {
          const { email } = await aPerson(cloud, 'appointed');
          const { functionError } = await cloud.invoke(deployed('platform-admins'), { action: 'appoint', email });
          return functionError === undefined;
        },
      },
    ],
    'ledger-projector': [{ action: 's3:GetObject', ...behind(aPaymentId, isPosted) }],
    'ledger-sweep': [{ action: 'dynamodb:Query', journey: runs('ledger-sweep') }],
    'rebuild-ledger': [
      {
        action: 'dynamodb:PutItem',
        journey: async () =>
          (await cloud.invoke(deployed('rebuild-ledger'), { tenantId: tenant.tenantId })).functionError === undefined,
      },
    ],
    'rebuild-views': [{ action: 'dynamodb:Scan', journey: runs('rebuild-views') }],
  };

  const table = functionNames.flatMap((name) => cases[name].map((one) => [name, one.action, one] as const));

  it('has a case for every function', () => {
    expect([...new Set(table.map(([name]) => name))]).toEqual([...functionNames]);
  });

  it.each(table)('%s fails for want of %s, and works again with it', async (name, action, { journey, isDone }) => {
    const since = (await cloud.calls()).at(-1)?.sequence ?? 0;
    const refusals = async () => {
      const refused = (await cloud.calls({ since })).filter(({ errorCode }) => /AccessDenied/.test(errorCode ?? ''));
      return refused.length === 0 ? undefined : refused;
    };

    const giveBack = await cloud.deny({ functionName: deployed(name), action });
    try {
      expect(await journey()).toBe(false);
      const refused = await within(10_000, `${name} was refused nothing without ${action}`, refusals);
      // Cognito calls in its own name; every other refused call is the function's.
      expect([...new Set(refused.map((call) => call.functionName ?? call.action))]).toEqual([
        name === 'pre-sign-up' ? 'Invoke' : deployed(name),
      ]);
      if (isDone !== undefined) expect(await isDone()).toBe(false);
    } finally {
      await giveBack();
    }

    if (isDone === undefined) {
      expect(await journey()).toBe(true);
      return;
    }
    await cloud.advanceClock(visibilityMs);
    await cloud.idle();
    expect(await isDone()).toBe(true);
  });
});
