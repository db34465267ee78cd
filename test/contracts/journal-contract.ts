import type { Guard, Journal, Observation, Owner, StreamId, ViewWrite } from '../../lambdas/kernel/journal';
import type { Leases } from '../../lambdas/kernel/lease';
import { gateOf, memberOf } from '../../lambdas/kernel/views';
import type { DueList, Views, ViewWriter } from '../../lambdas/kernel/views';
import { aCommit, anObservation, aStream, aTenant } from '../support/a-commit';

export interface JournalUnderTest {
  readonly journal: Journal;
  readonly views: Views;
  readonly viewWriter: ViewWriter;
  readonly dueList: DueList;
  leasesOf(owner: Owner): Leases;
  observed(owner: Owner): Promise<readonly Observation[]>;
}

const taken = { ok: false, error: { reason: 'version-taken' } };

/** What every journal must do, whatever it is stored in. */
export function journalContract(make: () => Promise<JournalUnderTest>): void {
  let under: JournalUnderTest;
  beforeAll(async () => {
    under = await make();
  });

  const memberView = (entity: StreamId, version: number, data: object): ViewWrite => ({
    type: 'record',
    entity,
    version,
    data,
  });

  it('reads nothing from a stream that does not exist', async () => {
    expect(await under.journal.read(aStream())).toEqual([]);
  });

  it('gives back what was appended, in order and from a version on', async () => {
    const stream = aStream();
    const commits = [1, 2, 3].map((version) => aCommit(stream, version));
    for (const commit of commits) expect(await under.journal.append([commit])).toEqual({ ok: true });
    expect(await under.journal.read(stream)).toEqual(commits);
    expect(await under.journal.read(stream, 3)).toEqual([commits[2]]);
  });

  it('keeps the values of events and changes: nested, null, empty, negative, Unicode', async () => {
    const data = { a: [1, { b: null, c: -1.5 }], d: '', e: 'é☃', f: {}, g: [], h: false, i: 1_000_000_000_000 };
    const stream = aStream();
    const commit = aCommit(stream, 1, {
      events: [{ type: 'Anything', data }],
      changes: [
        { path: 'a', from: null, to: data },
        { path: 'b', from: 1 },
      ],
      actor: { user: 'sandbox', level: 'provider' },
      request: { id: 'r', route: 'webhooks' },
      command: { name: 'ApplyEvent' },
    });
    await under.journal.append([commit]);
    expect(await under.journal.read(stream)).toEqual([commit]);
  });

  it('lets one of many writers take a version', async () => {
    const stream = aStream();
    const results = await Promise.all(Array.from({ length: 10 }, () => under.journal.append([aCommit(stream, 1)])));
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(results.filter(({ ok }) => !ok)).toEqual(Array(9).fill(taken));
    expect(await under.journal.read(stream)).toHaveLength(1);
  });

  it('recognises its own commit: the same append again is a success and writes nothing', async () => {
    const stream = aStream();
    const commit = aCommit(stream, 1);
    await under.journal.append([commit]);
    expect(await under.journal.append([commit])).toEqual({ ok: true });
    expect(await under.journal.read(stream)).toEqual([commit]);
  });

  it('recognises its own transaction', async () => {
    const stream = aStream();
    const views = [memberView(stream, 1, { a: 1 })];
    const commit = aCommit(stream, 1);
    await under.journal.append([commit], { views });
    expect(await under.journal.append([commit], { views })).toEqual({ ok: true });
  });

  it('keeps streams of two tenants with the same id apart', async () => {
    const [one, other] = [aStream({ id: 'same' }), aStream({ id: 'same' })];
    await under.journal.append([aCommit(one, 1)]);
    expect(await under.journal.read(other)).toEqual([]);
    expect(await under.journal.read({ ...one, owner: 'platform' })).toEqual([]);
  });

  it('appends to several streams all or none', async () => {
    const owner = { tenant: aTenant() };
    const [one, other] = [aStream({ owner }), aStream({ owner, kind: 'member' })];
    await under.journal.append([aCommit(other, 1)]);
    expect(await under.journal.append([aCommit(one, 1), aCommit(other, 1)])).toEqual(taken);
    expect(await under.journal.read(one)).toEqual([]);
    expect(await under.journal.append([aCommit(one, 1), aCommit(other, 2)])).toEqual({ ok: true });
    expect(await under.journal.read(one)).toHaveLength(1);
    expect(await under.journal.read(other)).toHaveLength(2);
  });

  it('writes immediate views with the commit, at once visible', async () => {
    const tenant = aTenant();
    const member = memberOf(tenant, 'user-1');
    await under.journal.append([aCommit(member, 1)], {
      views: [
        memberView(member, 1, { role: 'owner' }),
        { type: 'slot', entity: gateOf(tenant), slot: 'tenant', version: 1, data: { status: 'active' } },
      ],
    });
    expect(await under.views.record(member)).toEqual({ version: 1, data: { role: 'owner' } });
    expect(await under.views.slots(gateOf(tenant))).toEqual({ tenant: { version: 1, data: { status: 'active' } } });
  });

  it('writes no view when the version is taken', async () => {
    const member = memberOf(aTenant(), 'user-1');
    await under.journal.append([aCommit(member, 1)], { views: [memberView(member, 1, { role: 'owner' })] });
    const again = await under.journal.append([aCommit(member, 1)], {
      views: [memberView(member, 1, { role: 'thief' })],
    });
    expect(again).toEqual(taken);
    expect(await under.views.record(member)).toEqual({ version: 1, data: { role: 'owner' } });
  });

  it('takes a view that is already newer for a stream that moved on', async () => {
    const member = memberOf(aTenant(), 'user-1');
    await under.viewWriter.write([memberView(member, 5, { role: 'newer' })]);
    const result = await under.journal.append([aCommit(member, 1)], {
      views: [memberView(member, 1, { role: 'older' })],
    });
    expect(result).toEqual(taken);
    expect(await under.journal.read(member)).toEqual([]);
    expect(await under.views.record(member)).toEqual({ version: 5, data: { role: 'newer' } });
  });

  it('lets concurrent writers of two slots of one gate both in', async () => {
    const tenant = aTenant();
    const slots = ['connection#con_1', 'connection#con_2', 'tenant', 'policy'];
    const results = await Promise.all(
      slots.map(async (slot, index) => {
        const stream = aStream({ owner: { tenant }, kind: 'connection', id: `con_${String(index)}` });
        const views: ViewWrite[] = [{ type: 'slot', entity: gateOf(tenant), slot, version: 1, data: { slot } }];
        const append = () => under.journal.append([aCommit(stream, 1)], { views });
        let result = await append();
        // A conflict with another transaction says "try again", as a lost race does.
        for (let tries = 0; !result.ok && tries < 20; tries += 1) result = await append();
        return result;
      }),
    );
    expect(results.every(({ ok }) => ok)).toBe(true);
    expect(Object.keys(await under.views.slots(gateOf(tenant))).sort()).toEqual([...slots].sort());
  });

  it('holds a guarded append to the lease: mine passes, an older fence and a released lease do not', async () => {
    const stream = aStream();
    const leases = under.leasesOf(stream.owner);
    const lease = await leases.acquire('import', 60_000);
    if (lease === undefined) throw new Error('the lease was free');
    const guard: Guard = { lease: 'import', fence: lease.fence };
    expect(await under.journal.append([aCommit(stream, 1)], { guards: [guard] })).toEqual({ ok: true });
    const stale = await under.journal.append([aCommit(stream, 2)], { guards: [{ ...guard, fence: lease.fence - 1 }] });
    expect(stale).toEqual({ ok: false, error: { reason: 'guard-lost' } });
    await leases.release(lease);
    const released = await under.journal.append([aCommit(stream, 2)], { guards: [guard] });
    expect(released).toEqual({ ok: false, error: { reason: 'guard-lost' } });
    expect(await under.journal.read(stream)).toHaveLength(1);
  });

  it('keeps observations, each once', async () => {
    const observation = anObservation({
      entity: { kind: 'payment', id: 'pay_1' },
      data: { reason: 'no permission' },
      request: { id: 'r', ip: '203.0.113.7', userAgent: 'curl', route: 'payments.get' },
    });
    const other = anObservation({ owner: observation.owner });
    await under.journal.observe(observation);
    await under.journal.observe(observation);
    await under.journal.observe(other);
    expect(await under.observed(observation.owner)).toEqual([observation, other]);
  });
}
