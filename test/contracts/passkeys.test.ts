import { newDynamoPasskeyChallenges } from '../../lambdas/adapters/dynamodb/dynamo-passkey-challenges';
import { newDynamoPasskeyCounters } from '../../lambdas/adapters/dynamodb/dynamo-passkey-counters';
import type { PasskeyChallenges, PasskeyCounters } from '../../lambdas/domain/mfa';
import { systemRandomness } from '../../lambdas/kernel/ids';
import { startDynoxide, type TestDynamo, type TestTables } from '../support/dynoxide';
import { newMemoryPasskeyChallenges, newMemoryPasskeyCounters } from '../support/memory-passkeys';

const nowMs = Date.UTC(2026, 10, 22, 9);

function challengesContract(make: () => PasskeyChallenges): void {
  const place = { user: 'ada', session: 'session-1', ceremony: 'verify' } as const;

  it('gives a challenge to one taker, and in its own place alone', async () => {
    const challenges = make();
    await challenges.keep(place, 'challenge-1', nowMs + 1);
    expect(await challenges.take({ ...place, session: 'session-2' }, nowMs)).toBeUndefined();
    expect(await challenges.take({ ...place, user: 'bob' }, nowMs)).toBeUndefined();
    expect(await challenges.take({ ...place, ceremony: 'register' }, nowMs)).toBeUndefined();
    const taken = await Promise.all([1, 2, 3].map(() => challenges.take(place, nowMs)));
    expect(taken.filter((each) => each === 'challenge-1')).toHaveLength(1);
    expect(taken.filter((each) => each === undefined)).toHaveLength(2);
  });

  it('forgets an earlier challenge for a later one, and one whose time is over', async () => {
    const challenges = make();
    await challenges.keep(place, 'challenge-1', nowMs + 1);
    await challenges.keep(place, 'challenge-2', nowMs + 1);
    expect(await challenges.take(place, nowMs)).toBe('challenge-2');
    await challenges.keep(place, 'challenge-3', nowMs);
    expect(await challenges.take(place, nowMs)).toBeUndefined();
  });
}

function countersContract(make: () => PasskeyCounters): void {
  it('lets a counter rise and never fall, but for authenticators that do not count', async () => {
    const counters = make();
    expect(await counters.advance('counting', 'psk_1', 5)).toBe(true);
    for (const counter of [5, 4, 0]) expect(await counters.advance('counting', 'psk_1', counter)).toBe(false);
    expect(await counters.advance('counting', 'psk_1', 6)).toBe(true);
    expect(await counters.advance('counting', 'psk_2', 0)).toBe(true);
    expect(await counters.advance('counting', 'psk_2', 0)).toBe(true);
    expect(await counters.advance('counting', 'psk_2', 1)).toBe(true);
    expect(await counters.advance('counting', 'psk_2', 0)).toBe(false);
  });

  it('lets one of many uses of a counter win', async () => {
    const counters = make();
    const uses = await Promise.all([1, 2, 3].map(() => counters.advance('racing', 'psk_1', 9)));
    expect(uses.filter(Boolean)).toHaveLength(1);
  });
}

describe('challenges and counters of passkeys in memory', () => {
  challengesContract(() => newMemoryPasskeyChallenges());
  countersContract(() => newMemoryPasskeyCounters());
});

describe('challenges and counters of passkeys in DynamoDB', () => {
  let dynamo: TestDynamo;
  let tables: TestTables;
  beforeAll(async () => {
    dynamo = await startDynoxide();
    tables = await dynamo.newTables();
  });
  afterAll(() => dynamo.stop());
  const counters = (client = dynamo.client) =>
    newDynamoPasskeyCounters({ client, ...tables, randomness: systemRandomness });

  challengesContract(() => newDynamoPasskeyChallenges({ client: dynamo.client, ...tables }));
  countersContract(() => counters());

  it('does not take its own lost answer for a copied passkey', async () => {
    expect(await counters(dynamo.losingOneAnswer()).advance('lost-answer', 'psk_1', 3)).toBe(true);
    expect(await counters().advance('lost-answer', 'psk_1', 3)).toBe(false);
  });

  it('lets challenges expire from the table, and counters never', async () => {
    const place = { user: 'ttl', session: 's', ceremony: 'register' } as const;
    await newDynamoPasskeyChallenges({ client: dynamo.client, ...tables }).keep(place, 'challenge', nowMs + 300_000);
    await counters().advance('ttl', 'psk_1', 1);
    const items = await dynamo.items(tables.coordinationTable);
    expect(items.find(({ pk }) => pk === 'P#passkey-challenge#ttl')).toMatchObject({ expiresAt: nowMs / 1_000 + 300 });
    expect(items.find(({ pk }) => pk === 'P#mfa-counter#ttl')).not.toHaveProperty('expiresAt');
  });
});
