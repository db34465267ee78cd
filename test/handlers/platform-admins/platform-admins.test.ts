import '../../support/function-env';

import { bootstrapPlatform, isActivePlatformAdmin, platformAdminStream } from '../../../lambdas/domain/identity';
import { enrolTotp } from '../../../lambdas/domain/mfa';
import { changePlatformPolicy, platformPolicyStream } from '../../../lambdas/domain/policies';
import { newPlatformAdmins } from '../../../lambdas/handlers/platform-admins/handler';
import { aServiceWorld } from '../../support/service-world';

const reason = 'left the company last week';

async function aPlatform() {
  const { deps, store, telemetry, stepUp, tenant, member, project } = aServiceWorld();
  const ports = { ...deps, journal: store.journal, views: store.views };
  const users = new Map(['ada', 'eve', 'joe'].map((name) => [`${name}@example.com`, name]));
  const directory = { findUserByEmail: async (email: string) => users.get(email) };
  const bootstrapped = await bootstrapPlatform(ports, 'root', {
    actor: { user: 'platform-bootstrap', level: 'operator' },
    request: { id: 'r', route: 'platform-bootstrap' },
    command: { name: 'platform.bootstrap' },
  });
  expect(bootstrapped.ok).toBe(true);
  const order = newPlatformAdmins({ ...ports, directory });
  const isSuperAdmin = async (user: string) => {
    const record = await store.views.record(platformAdminStream(user));
    return record !== undefined && isActivePlatformAdmin(record);
  };
  return {
    store,
    telemetry,
    isSuperAdmin,
    joinTenant: async (user: string) => {
      await member(await tenant(), user, 'auditor');
      await project();
    },
    /** An authenticator app that was enrolled, and a session in which it was used. */
    aFactor: async (user: string) => {
      const presenter = { user, session: 'session-1' };
      const enrolled = await enrolTotp({ ...ports, stepUpWindowSeconds: 600 }, presenter, {
        actor: { user, level: 'user' },
        request: { id: 'r', route: 'me.totp.enrol' },
        command: { name: 'me.totp.enrol' },
      });
      expect(enrolled.ok).toBe(true);
      await stepUp(user);
    },
    allowOnly: async (address: string) => {
      const who = { ip: address, stageOrigins: [] };
      const changed = await changePlatformPolicy(ports, { consoleIpAllowlist: [`${address}/32`] }, who, {
        actor: { user: 'root', level: 'super-admin' },
        request: { id: 'r', route: 'platform-policy.change' },
        command: { name: 'platform-policy.change' },
      });
      expect(changed.ok).toBe(true);
    },
    isStepUp: async (user: string) => (await deps.stepUps.read(user, 'session-1')) !== undefined,
    run: (event: unknown) => order(event, { awsRequestId: 'lambda-1' }),
    appoint: (name: string) => order({ action: 'appoint', email: `${name}@example.com` }, { awsRequestId: 'lambda-1' }),
    remove: (userId: string) => order({ action: 'remove', userId, reason }, { awsRequestId: 'lambda-1' }),
  };
}

test('an operator appoints a Super Admin, who stands at once, and whose appointment names the operator', async () => {
  const { appoint, isSuperAdmin, store, telemetry } = await aPlatform();
  expect(await appoint('ada')).toEqual({ userId: 'ada' });
  expect(await isSuperAdmin('ada')).toBe(true);
  const [appointment, listing] = store.commits.slice(-2);
  expect(appointment).toMatchObject({
    stream: { kind: 'platform-admin', id: 'ada' },
    actor: { user: 'platform-admins', level: 'operator' },
    request: { id: 'lambda-1' },
    events: [{ type: 'PlatformAdminAppointed' }],
  });
  expect(listing).toMatchObject({ stream: { kind: 'bootstrap' }, changes: [{ path: 'superAdmins', from: 1, to: 2 }] });
  expect(JSON.stringify([store.commits, telemetry.lines])).not.toContain('ada@example.com');
});

test('who is removed stands no more, with the reason on record, and can be appointed again', async () => {
  const { appoint, remove, isSuperAdmin, store } = await aPlatform();
  await appoint('ada');
  expect(await remove('root')).toEqual({ userId: 'root' });
  expect(await isSuperAdmin('root')).toBe(false);
  expect(store.commits.find(({ events }) => events.some(({ type }) => type === 'PlatformAdminRemoved'))).toMatchObject({
    events: [{ data: { reason } }],
  });
  await expect(remove('root')).rejects.toThrow('no Super Admin');
  await appoint('eve');
  await remove('ada');
  expect(await appoint('ada')).toEqual({ userId: 'ada' });
  expect(await isSuperAdmin('ada')).toBe(true);
});

test('the last one stays', async () => {
  const { remove, isSuperAdmin, store } = await aPlatform();
  const written = store.commits.length;
  await expect(remove('root')).rejects.toThrow('last Super Admin');
  expect(await isSuperAdmin('root')).toBe(true);
  expect(store.commits).toHaveLength(written);
});

test('of any number of removals at the same moment one is left over', async () => {
  const { appoint, remove, isSuperAdmin } = await aPlatform();
  for (const name of ['ada', 'eve', 'joe']) await appoint(name);
  const everyone = ['root', 'ada', 'eve', 'joe'];
  const removals = await Promise.allSettled(everyone.map(remove));
  const standing = (await Promise.all(everyone.map(isSuperAdmin))).filter(Boolean);
  expect(standing).toHaveLength(1);
  expect(removals.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
});

test('nobody is appointed twice, nor before the platform was bootstrapped', async () => {
  const { appoint } = await aPlatform();
  await appoint('ada');
  await expect(appoint('ada')).rejects.toThrow('already');

  const { deps, store } = aServiceWorld();
  const order = newPlatformAdmins({
    ...deps,
    journal: store.journal,
    views: store.views,
    directory: { findUserByEmail: async () => 'ada' },
  });
  const tooEarly = order({ action: 'appoint', email: 'ada@example.com' }, { awsRequestId: 'lambda-1' });
  await expect(tooEarly).rejects.toThrow('platform-bootstrap');
  expect(store.commits).toEqual([]);
});

test('who belongs to a tenant is made no Super Admin', async () => {
  const { appoint, joinTenant, isSuperAdmin } = await aPlatform();
  await joinTenant('ada');
  await expect(appoint('ada')).rejects.toThrow('have them removed there first');
  expect(await isSuperAdmin('ada')).toBe(false);
  expect(await appoint('eve')).toEqual({ userId: 'eve' });
});

test('a lost factor is reset on evidence: nothing that it verified counts any more', async () => {
  const { run, isStepUp, aFactor, store } = await aPlatform();
  await aFactor('root');
  expect(await isStepUp('root')).toBe(true);
  const evidence = 'passport checked by two colleagues';
  expect(await run({ action: 'reset-mfa', userId: 'root', evidence })).toEqual({ userId: 'root' });
  expect(await isStepUp('root')).toBe(false);
  expect(store.commits.at(-1)).toMatchObject({
    stream: { kind: 'mfa', id: 'root' },
    actor: { user: 'platform-admins', level: 'operator' },
    events: [{ type: 'SecondFactorsReset', data: { evidence } }],
  });
});

test('only the factors of Super Admins are reset from here', async () => {
  const { run, aFactor, store } = await aPlatform();
  await aFactor('ada');
  const written = store.commits.length;
  const order = { action: 'reset-mfa', userId: 'ada', evidence: 'passport checked by two colleagues' };
  await expect(run(order)).rejects.toThrow('no Super Admin');
  expect(store.commits).toHaveLength(written);
});

test('addresses that lock every Super Admin out are taken back, with the reason on record', async () => {
  const { run, allowOnly, store } = await aPlatform();
  await expect(run({ action: 'reset-addresses', reason: 'nobody gets in' })).rejects.toThrow('no allowed addresses');
  await allowOnly('203.0.113.9');
  expect(await run({ action: 'reset-addresses', reason: 'nobody gets in' })).toEqual({});
  expect((await store.views.record(platformPolicyStream))?.data).toEqual({});
  expect(store.commits.at(-1)).toMatchObject({
    actor: { user: 'platform-admins', level: 'operator' },
    events: [{ type: 'AllowedAddressesReset', data: { reason: 'nobody gets in' } }],
    changes: [{ path: 'consoleIpAllowlist', from: ['203.0.113.9/32'] }],
  });
});

test.each([
  [{ action: 'reset-addresses', reason: 'short' }, 'send {"action"'],
  [{ action: 'reset-mfa', userId: 'root', evidence: 'lost' }, 'send {"action"'],
  [{ action: 'appoint', email: 'nobody@example.com' }, 'sign up first'],
  [{ action: 'remove', userId: 'root', reason: 'short' }, 'send {"action"'],
  [{ action: 'remove', userId: 'root' }, 'send {"action"'],
  [{ action: 'appoint', email: 'ada@example.com', permissions: [] }, 'send {"action"'],
  [null, 'send {"action"'],
])('%j is refused without a word about the address', async (event, message) => {
  const { run, store } = await aPlatform();
  const written = store.commits.length;
  const failure: unknown = await run(event).catch((error: unknown) => error);
  expect(String(failure)).toContain(message);
  expect(String(failure)).not.toContain('nobody@');
  expect(store.commits).toHaveLength(written);
});
