import { keys, twoAccounts } from './two-accounts';

type World = Awaited<ReturnType<typeof twoAccounts>>;

const given = (digit: string) => `whsec_${digit.repeat(40)}`;

describe('credentials of two accounts, one after the other', () => {
  test('never leave the secret of one for the endpoint of the other', async () => {
    const world = await twoAccounts(keys.one);
    const first = world.signs(keys.one);
    expect((await world.replace(keys.two)).status).toBe(200);
    const second = world.signs(keys.two);
    expect(world.believedIn(0)).toEqual([second, first]);

    // A slip put right within the day: what is still believed is of the endpoint that is there.
    expect((await world.replace(keys.one)).status).toBe(200);
    expect(await world.shown()).toMatchObject({ signing: 'ready', unfinishedSince: null });
    expect([world.believedIn(0), world.believedIn(24)]).toEqual([[first, second], [first]]);
  });

  test('after the day of overlap leave it missing, and never ready with what is wrong', async () => {
    const world = await twoAccounts(keys.one);
    await world.replace(keys.two);
    const second = world.signs(keys.two);
    world.shop.pass(25 * 3_600_000);
    await world.shop.stepUp('user-1');
    const answer = await world.replace(keys.one);
    expect(answer).toMatchObject({ status: 200, body: { webhooks: { signing: 'missing' } } });
    expect([world.believedIn(0), world.believedIn(24)]).toEqual([[second], []]);

    // What a person then gives is of that endpoint, and stays with it when the key is rolled.
    const first = world.signs(keys.one)!;
    expect((await world.rotate('r1', { webhookSecret: first, overlapHours: 0 })).status).toBe(200);
    expect((await world.replace(keys.oneRolled)).status).toBe(200);
    expect(await world.shown()).toMatchObject({ signing: 'ready', previousSecretUntil: null });
    expect([world.believedIn(0), world.believedIn(1000)]).toEqual([[first], [first]]);
  });

  test('of which the other has an endpoint that a person made before leave it missing', async () => {
    const world = await twoAccounts(keys.one);
    world.endpoints.set('accounttwo', { id: 'we_byhand', secret: given('9') });
    await world.replace(keys.two);
    expect(await world.shown()).toMatchObject({ registration: 'registered', signing: 'missing' });
    expect([world.believedIn(0), world.believedIn(24)]).toEqual([[world.signs(keys.one)], []]);
  });
});

describe('an endpoint that was made anew in the same account', () => {
  test('signs with what is told, and what was before ends in a day', async () => {
    const world = await twoAccounts(keys.secretOne);
    const old = world.signs(keys.secretOne);
    world.endpoints.clear();
    await world.replace(keys.secretOneRolled);
    const now = world.signs(keys.secretOne);
    expect(await world.shown()).toMatchObject({ signing: 'ready', unfinishedSince: null });
    expect([world.believedIn(0), world.believedIn(24)]).toEqual([[now, old], [now]]);
  });
});

describe('rotating after a replacement in doubt', () => {
  const doubted = async () => {
    const world = await twoAccounts(keys.one);
    const old = world.signs(keys.one);
    world.forbidRegistering();
    await world.replace(keys.two);
    expect(await world.shown()).toMatchObject({ signing: 'missing' });
    return { world, old };
  };

  test.each([
    [24, 22],
    [4, 4],
  ])('with an overlap of %i hours believes what was before for %i, and no longer', async (overlapHours, hours) => {
    const { world, old } = await doubted();
    world.shop.pass(2 * 3_600_000);
    await world.shop.stepUp('user-1');
    await world.rotate('r1', { webhookSecret: given('7'), overlapHours });
    expect([world.believedIn(0), world.believedIn(hours - 0.01), world.believedIn(hours)]).toEqual([
      [given('7'), old],
      [given('7'), old],
      [given('7')],
    ]);
    const until = new Date(world.shop.now().getTime() + hours * 3_600_000).toISOString();
    expect(await world.shown()).toMatchObject({ signing: 'ready', previousSecretUntil: until });
  });

  test('without an overlap believes the new one alone', async () => {
    const { world } = await doubted();
    await world.rotate('r1', { webhookSecret: given('7'), overlapHours: 0 });
    expect(world.believedIn(0)).toEqual([given('7')]);
    expect(await world.shown()).toMatchObject({ previousSecretUntil: null });
  });

  test('twice keeps all that is still valid, each to its own end', async () => {
    const world = await twoAccounts(keys.one);
    const old = world.signs(keys.one);
    await world.rotate('r1', { webhookSecret: given('7'), overlapHours: 10 });
    await world.rotate('r2', { webhookSecret: given('8'), overlapHours: 24 });
    expect([world.believedIn(9), world.believedIn(11), world.believedIn(24)]).toEqual([
      [given('8'), given('7'), old],
      [given('8'), given('7')],
      [given('8')],
    ]);
  });
});

/** Nothing can be written from the nth write of the kind on, as after a crash; `restore` ends that. */
function crashing({ shop }: World, kind: 'append' | 'set', nth: number): { restore(): void } {
  const { set } = shop.stored;
  const { append } = shop.store.journal;
  const counts = { append: 0, set: 0 };
  const guarded = <T>(which: 'append' | 'set', write: () => T): T => {
    counts[which] += 1;
    if (counts[kind] > nth) throw new Error('crash');
    return write();
  };
  shop.stored.set = (...args) => guarded('set', () => set.apply(shop.stored, args));
  Object.assign(shop.store.journal, {
    append: async (...args: Parameters<typeof append>) => guarded('append', () => append(...args)),
  });
  return {
    restore: () => {
      shop.stored.set = set;
      Object.assign(shop.store.journal, { append });
    },
  };
}

/** What is shown holds: ready is for good, and what ends is believed until then. */
async function expectShownIsTrue(world: World): Promise<void> {
  const { signing, previousSecretUntil } = await world.shown();
  if (signing === 'ready') expect(world.believedIn(1000)).toHaveLength(1);
  if (previousSecretUntil !== null) {
    const hours = (Date.parse(previousSecretUntil) - world.shop.now().getTime()) / 3_600_000;
    expect(world.believedIn(hours - 0.01).length).toBeGreaterThan(signing === 'ready' ? 1 : 0);
  }
}

const crashes: readonly (readonly [when: string, kind: 'append' | 'set', nth: 0 | 1])[] = [
  ['before the request is journaled', 'append', 0],
  ['before the credentials are stored', 'set', 0],
  ['before what is known in the end is stored', 'set', 1],
  ['before the end is journaled', 'append', 1],
];

describe('a replacement that crashed', () => {
  const interrupted = async (from: string, to: string, [, kind, nth]: (typeof crashes)[number], remade = false) => {
    const world = await twoAccounts(from);
    const old = world.signs(from);
    if (remade) world.endpoints.clear();
    const { restore } = crashing(world, kind, nth);
    const first = await world.replace(to);
    restore();
    await expectShownIsTrue(world);
    const shown = await world.shown();
    if (first.status === 500 && kind === 'set') expect(shown.unfinishedSince).not.toBeNull();
    world.shop.pass(31_000);
    const again = await world.replace(to);
    expect(again.status).toBe(200);
    await expectShownIsTrue(world);
    expect((await world.shown()).unfinishedSince).toBeNull();
    return { world, old, first, shown };
  };

  test.each(crashes)('%s, of the same account, never doubts what is right', async (...crash) => {
    const { world, old, shown } = await interrupted(keys.secretOne, keys.secretOneRolled, crash);
    expect(shown).toMatchObject({ signing: 'ready', previousSecretUntil: null });
    expect(await world.shown()).toMatchObject({ signing: 'ready', previousSecretUntil: null });
    expect([world.believedIn(0), world.believedIn(1000)]).toEqual([[old], [old]]);
  });

  test.each(crashes)('%s, of an account that is the same but does not say so, comes back to it', async (...crash) => {
    const { world, old } = await interrupted(keys.one, keys.oneRolled, crash);
    expect(await world.shown()).toMatchObject({ signing: 'ready' });
    expect([world.believedIn(0), world.believedIn(1000)]).toEqual([[old], [old]]);
  });

  test.each(crashes)('%s, of another account, keeps what was told or says that it is missing', async (...crash) => {
    const { world, old, first } = await interrupted(keys.one, keys.two, crash);
    const isLost = crash[1] === 'set' && crash[2] === 1;
    expect(first.status).toBe(500);
    expect(await world.shown()).toMatchObject({ signing: isLost ? 'missing' : 'ready' });
    expect(world.believedIn(0)).toEqual(isLost ? [old] : [world.signs(keys.two), old]);
    expect(world.believedIn(24)).toEqual(isLost ? [] : [world.signs(keys.two)]);
  });

  test.each(crashes)(
    '%s, of an endpoint made anew, keeps what was told or says that it is missing',
    async (...crash) => {
      const { world, shown } = await interrupted(keys.secretOne, keys.secretOneRolled, crash, true);
      // Told, and not journaled or not stored: lost for good.
      const isLost = crash[2] === 1;
      if (crash[1] === 'set' && isLost) expect(shown.signing).toBe('missing');
      expect(await world.shown()).toMatchObject({ signing: isLost ? 'missing' : 'ready' });
      expect(world.believedIn(25)).toEqual(isLost ? [] : [world.signs(keys.secretOne)]);
    },
  );
});
