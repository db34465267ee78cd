import { newDynamoRecoveryCounters } from '../../lambdas/adapters/dynamodb/dynamo-recovery-counters';
import { newDynamoStepUps } from '../../lambdas/adapters/dynamodb/dynamo-step-ups';
import { newDynamoTotpCounters } from '../../lambdas/adapters/dynamodb/dynamo-totp-counters';
import type { AttemptCounters, RecoveryCounters, StepUps, TotpCounters } from '../../lambdas/domain/mfa/ports';
import { systemRandomness } from '../../lambdas/kernel/ids';
import { startDynoxide, type TestDynamo, type TestTables } from '../support/dynoxide';
import { newMemoryRecoveryCounters, newMemoryStepUps, newMemoryTotpCounters } from '../support/memory-totp-counters';

const minuteMs = 60_000;
const nowMs = Date.UTC(2026, 10, 22, 9);

function attemptsContract(make: () => AttemptCounters): void {
  let counters: AttemptCounters;
  let users = 0;
  let user: string;
  beforeEach(() => {
    counters = make();
    users += 1;
    user = `user-${String(users)}`;
  });
  const fail = async (times: number, atMs: number) => {
    for (let attempt = 0; attempt < times; attempt += 1) {
      expect(await counters.beginAttempt(user, atMs)).toMatchObject({ allowed: true });
    }
  };

  it('allows ten attempts, then locks for thirty minutes from the last', async () => {
    await fail(9, nowMs);
    await fail(1, nowMs + minuteMs);
    expect(await counters.beginAttempt(user, nowMs + 2 * minuteMs)).toEqual({
      allowed: false,
      reason: 'locked',
      retryAfterMs: 29 * minuteMs,
    });
    expect(await counters.beginAttempt(user, nowMs + 31 * minuteMs - 1)).toMatchObject({
      reason: 'locked',
      retryAfterMs: 1,
    });
    await fail(10, nowMs + 31 * minuteMs);
    expect(await counters.beginAttempt(user, nowMs + 31 * minuteMs)).toMatchObject({ reason: 'locked' });
  });

  it('counts attempts in parallel: ten of twenty guesses are let through', async () => {
    const gates = await Promise.all(Array.from({ length: 20 }, () => counters.beginAttempt(user, nowMs)));
    expect(gates.filter(({ allowed }) => allowed)).toHaveLength(10);
  });

  it('lets ten more through when the lock is over, also in parallel', async () => {
    await fail(10, nowMs);
    const gates = await Promise.all(
      Array.from({ length: 20 }, () => counters.beginAttempt(user, nowMs + 30 * minuteMs)),
    );
    expect(gates.filter(({ allowed }) => allowed)).toHaveLength(10);
  });

  it('disables after a hundred in a row', async () => {
    for (let round = 0; round < 10; round += 1) await fail(10, nowMs + round * 30 * minuteMs);
    expect(await counters.beginAttempt(user, nowMs + 1_000 * minuteMs)).toEqual({ allowed: false, reason: 'disabled' });
  });

  it('forgets locks, the end of all attempts, and steps, when it is reset', async () => {
    for (let round = 0; round < 10; round += 1) await fail(10, nowMs + round * 30 * minuteMs);
    expect(await counters.beginAttempt(user, nowMs + 1_000 * minuteMs)).toMatchObject({ reason: 'disabled' });
    await counters.reset(user);
    await counters.reset(user);
    expect(await counters.beginAttempt(user, nowMs)).toMatchObject({ allowed: true });
    await fail(9, nowMs);
    expect(await counters.beginAttempt(user, nowMs)).toMatchObject({ reason: 'locked' });
  });

  it('counts 50 guesses at once as 50: ten are let through, and it is locked for all others', async () => {
    const gates = await Promise.all(Array.from({ length: 50 }, () => counters.beginAttempt(user, nowMs)));
    expect(gates.filter(({ allowed }) => allowed)).toHaveLength(10);
    expect(gates.filter((gate) => !gate.allowed && gate.reason === 'locked')).toHaveLength(40);
    expect(await counters.beginAttempt(user, nowMs + 29 * minuteMs)).toMatchObject({ reason: 'locked' });
  });

  it('keeps users apart', async () => {
    await fail(10, nowMs);
    expect(await counters.beginAttempt(`${user}-other`, nowMs)).toMatchObject({ allowed: true });
  });
}

/** Ten attempts may still be made, and no more. */
async function expectTen(counters: AttemptCounters, user: string): Promise<void> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    expect(await counters.beginAttempt(user, nowMs)).toMatchObject({ allowed: true });
  }
  expect(await counters.beginAttempt(user, nowMs)).toMatchObject({ reason: 'locked' });
}

function totpCountersContract(make: () => TotpCounters): void {
  attemptsContract(make);

  it('forgets the failures when a code was right', async () => {
    const counters = make();
    await counters.beginAttempt('right', nowMs);
    expect(await counters.useStep('right', 100)).toBe(true);
    await expectTen(counters, 'right');
  });

  it('uses a step once, and none before it', async () => {
    const counters = make();
    expect(await counters.useStep('once', 100)).toBe(true);
    expect(await counters.useStep('once', 100)).toBe(false);
    expect(await counters.useStep('once', 99)).toBe(false);
    expect(await counters.useStep('once', 101)).toBe(true);
    expect(await counters.beginAttempt('once', nowMs)).toEqual({ allowed: true, lastStep: 101 });
  });

  it('lets one of two concurrent uses of a step win', async () => {
    const counters = make();
    const uses = await Promise.all([1, 2, 3].map(() => counters.useStep('raced', 100)));
    expect(uses.filter(Boolean)).toHaveLength(1);
  });

  it('forgets steps when it is reset', async () => {
    const counters = make();
    expect(await counters.useStep('reset', 100)).toBe(true);
    await counters.reset('reset');
    expect(await counters.beginAttempt('reset', nowMs)).toEqual({ allowed: true, lastStep: 0 });
    expect(await counters.useStep('reset', 100)).toBe(true);
  });
}

function recoveryCountersContract(make: () => RecoveryCounters): void {
  attemptsContract(make);

  it('forgives failures after a right code', async () => {
    const counters = make();
    for (let attempt = 0; attempt < 9; attempt += 1) await counters.beginAttempt('forgiven', nowMs);
    await counters.forgive('forgiven');
    await expectTen(counters, 'forgiven');
  });
}

function stepUpsContract(make: () => StepUps): void {
  it('is bound to user and session, and the last one counts', async () => {
    const stepUps = make();
    await stepUps.record('user-1', 'session-1', { verifiedAtMs: nowMs, method: 'totp' });
    await stepUps.record('user-1', 'session-1', { verifiedAtMs: nowMs + 1, method: 'totp' });
    expect(await stepUps.read('user-1', 'session-1')).toEqual({ verifiedAtMs: nowMs + 1, method: 'totp' });
    expect(await stepUps.read('user-1', 'session-2')).toBeUndefined();
    expect(await stepUps.read('user-2', 'session-1')).toBeUndefined();
  });

  it('counts no more once it is revoked, in any session, and counts again when it is later', async () => {
    const stepUps = make();
    for (const session of ['session-1', 'session-2']) {
      await stepUps.record('revoked', session, { verifiedAtMs: nowMs, method: 'passkey' });
    }
    await stepUps.record('other', 'session-1', { verifiedAtMs: nowMs, method: 'passkey' });
    await stepUps.revoke('revoked', nowMs);
    expect(await stepUps.read('revoked', 'session-1')).toBeUndefined();
    expect(await stepUps.read('revoked', 'session-2')).toBeUndefined();
    expect(await stepUps.read('other', 'session-1')).toBeDefined();
    await stepUps.record('revoked', 'session-1', { verifiedAtMs: nowMs + 1, method: 'recovery-code' });
    expect(await stepUps.read('revoked', 'session-1')).toEqual({ verifiedAtMs: nowMs + 1, method: 'recovery-code' });
  });

  it('recorded after it was revoked counts for nothing either', async () => {
    const stepUps = make();
    await stepUps.revoke('early', nowMs);
    await stepUps.record('early', 'session-1', { verifiedAtMs: nowMs - 1, method: 'totp' });
    expect(await stepUps.read('early', 'session-1')).toBeUndefined();
  });
}

describe('MFA counters in memory', () => {
  describe('of the authenticator app', () => {
    totpCountersContract(() => newMemoryTotpCounters());
  });
  describe('of recovery codes', () => {
    recoveryCountersContract(() => newMemoryRecoveryCounters());
  });
  stepUpsContract(() => newMemoryStepUps());
});

describe('MFA counters in DynamoDB', () => {
  let dynamo: TestDynamo;
  let tables: TestTables;
  beforeAll(async () => {
    dynamo = await startDynoxide();
    tables = await dynamo.newTables();
  });
  afterAll(() => dynamo.stop());
  const make = (client = dynamo.client) => newDynamoTotpCounters({ client, ...tables, randomness: systemRandomness });

  const makeRecovery = () => newDynamoRecoveryCounters({ client: dynamo.client, ...tables });

  describe('of the authenticator app', () => {
    totpCountersContract(() => make());
  });
  describe('of recovery codes', () => {
    recoveryCountersContract(() => makeRecovery());
  });
  stepUpsContract(() => newDynamoStepUps({ client: dynamo.client, ...tables }));

  it('keeps the app and the recovery codes of a person apart', async () => {
    await expectTen(make(), 'both');
    await expectTen(makeRecovery(), 'both');
    await makeRecovery().reset('both');
    expect(await make().beginAttempt('both', nowMs)).toMatchObject({ reason: 'locked' });
    expect(await makeRecovery().beginAttempt('both', nowMs)).toEqual({ allowed: true });
  });

  it('does not take its own lost answer for a second use', async () => {
    expect(await make(dynamo.losingOneAnswer()).useStep('lost-answer', 100)).toBe(true);
    expect(await make().useStep('lost-answer', 100)).toBe(false);
  });

  it('costs one write unit an attempt and one a use', async () => {
    const begun = await dynamo.consumed(() => make().beginAttempt('cost', nowMs));
    expect(begun).toMatchObject({ calls: ['UpdateItem'], writeUnits: 1 });
    const used = await dynamo.consumed(() => make().useStep('cost', 1));
    expect(used).toMatchObject({ calls: ['UpdateItem'], writeUnits: 1 });
  });

  it('reads a step-up and whether it was revoked in one strongly consistent call', async () => {
    const stepUps = newDynamoStepUps({ client: dynamo.client, ...tables });
    await stepUps.record('read', 's', { verifiedAtMs: nowMs, method: 'totp' });
    const read = await dynamo.consumed(() => stepUps.read('read', 's'));
    expect(read).toMatchObject({ calls: ['BatchGetItem'] });
  });

  it('keeps the mark of revoked step-ups for longer than any of them', async () => {
    const stepUps = newDynamoStepUps({ client: dynamo.client, ...tables });
    await stepUps.record('mark', 's', { verifiedAtMs: nowMs, method: 'totp' });
    await stepUps.revoke('mark', nowMs);
    const items = await dynamo.items(tables.coordinationTable);
    const [mark, stepUp] = ['revoked#until', 's'].map((sk) =>
      items.find((item) => item.pk === 'P#step-up#mark' && item.sk === sk),
    );
    expect(Number(mark?.expiresAt)).toBeGreaterThan(Number(stepUp?.expiresAt));
  });

  it('lets step-ups expire from the table, and counters never', async () => {
    await newDynamoStepUps({ client: dynamo.client, ...tables }).record('ttl', 's', {
      verifiedAtMs: nowMs,
      method: 'totp',
    });
    await make().beginAttempt('ttl', nowMs);
    const items = await dynamo.items(tables.coordinationTable);
    expect(items.find(({ pk }) => pk === 'P#step-up#ttl')).toMatchObject({ expiresAt: nowMs / 1_000 + 86_400 });
    expect(items.find(({ pk }) => pk === 'P#mfa-counter#ttl')).not.toHaveProperty('expiresAt');
  });
});
