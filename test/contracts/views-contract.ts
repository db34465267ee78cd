import { gateOf, memberOf } from '../../lambdas/kernel/views';
import type { StreamId, ViewWrite } from '../../lambdas/kernel/journal';
import { aCommit, aStream, aTenant } from '../support/a-commit';
import type { JournalUnderTest } from './journal-contract';

/** What every store of views must do. */
export function viewsContract(make: () => Promise<Omit<JournalUnderTest, 'leasesOf' | 'observed'>>): void {
  let under: Omit<JournalUnderTest, 'leasesOf' | 'observed'>;
  beforeAll(async () => {
    under = await make();
  });

  const listedAt = (owner: StreamId['owner'], id: string, at: string, under_?: string): ViewWrite => ({
    type: 'record',
    entity: { owner, kind: 'payment', id },
    version: 1,
    data: { id },
    listed: { at, ...(under_ === undefined ? {} : { under: under_ }) },
  });
  const idsOf = (records: readonly { readonly data: Readonly<Record<string, unknown>> }[]) =>
    records.map(({ data }) => data.id);

  it('has neither record nor slots for what nobody wrote', async () => {
    expect(await under.views.record(aStream())).toBeUndefined();
    expect(await under.views.slots(gateOf(aTenant()))).toEqual({});
  });

  it('replaces a record and a slot by the same or a newer version, never by an older one', async () => {
    const entity = aStream();
    const gate = gateOf(aTenant());
    for (const version of [2, 1, 3, 3, 2]) {
      await under.viewWriter.write([
        { type: 'record', entity, version, data: { version } },
        { type: 'slot', entity: gate, slot: 'tenant', version, data: { version } },
      ]);
    }
    expect(await under.views.record(entity)).toEqual({ version: 3, data: { version: 3 } });
    expect(await under.views.slots(gate)).toEqual({ tenant: { version: 3, data: { version: 3 } } });
    await under.viewWriter.write([{ type: 'record', entity, version: 3, data: { form: 'new' } }]);
    expect(await under.views.record(entity)).toEqual({ version: 3, data: { form: 'new' } });
  });

  it('gives what is due, the longest first, page by page, and nothing that is not due or was taken from the list', async () => {
    const owner = { tenant: aTenant() };
    const at = (second: number): string => `2026-11-22T09:00:0${String(second)}.000Z`;
    const places = [3, 1, 2, 4, 2].map((second, index) => listedAt(owner, `pay_${String(index)}`, at(second), '7'));
    await under.viewWriter.write([...places, listedAt(owner, 'pay_other', at(1), '8')]);
    const dueBy = async (second: number): Promise<readonly unknown[]> => {
      const seen: unknown[] = [];
      let after: Readonly<Record<string, unknown>> | undefined;
      do {
        const page = await under.dueList.due(owner, 'payment', {
          limit: 2,
          until: at(second),
          under: '7',
          ...(after === undefined ? {} : { after }),
        });
        seen.push(...idsOf(page.records));
        after = page.next;
      } while (after !== undefined);
      return seen;
    };
    expect(await dueBy(0)).toEqual([]);
    expect(await dueBy(3)).toEqual(['pay_1', 'pay_2', 'pay_4', 'pay_0']);
    // A newer version moves a record on, or takes it out.
    await under.viewWriter.write([
      { ...listedAt(owner, 'pay_1', at(4), '7'), version: 2 },
      { type: 'record', entity: { owner, kind: 'payment', id: 'pay_2' }, version: 2, data: { id: 'pay_2' } },
      // An older one that comes late changes nothing.
      listedAt(owner, 'pay_2', at(1), '7'),
    ]);
    expect(await dueBy(3)).toEqual(['pay_4', 'pay_0']);
    expect(await dueBy(4)).toEqual(['pay_4', 'pay_0', 'pay_1', 'pay_3']);
  });

  it('lists newest first, page by page, each record once, and knows the last page', async () => {
    const owner = { tenant: aTenant() };
    const ids = Array.from({ length: 7 }, (_, index) => `pay_${String(index)}`);
    await under.viewWriter.write(
      ids.map((id, index) => listedAt(owner, id, `2026-11-22T09:00:0${String(Math.floor(index / 2))}.000Z`)),
    );
    const seen: unknown[] = [];
    let after: Readonly<Record<string, unknown>> | undefined;
    let pages = 0;
    do {
      const page = await under.views.list(owner, 'payment', { limit: 3, ...(after === undefined ? {} : { after }) });
      seen.push(...idsOf(page.records));
      after = page.next;
      pages += 1;
    } while (after !== undefined);
    expect(seen).toEqual([...ids].reverse());
    expect(pages).toBe(3);
  });

  it('ends exactly: a page that holds the last record has no next', async () => {
    const owner = { tenant: aTenant() };
    await under.viewWriter.write([1, 2].map((n) => listedAt(owner, `pay_${String(n)}`, '2026-11-22T09:00:00.000Z')));
    const page = await under.views.list(owner, 'payment', { limit: 2 });
    expect(page.records).toHaveLength(2);
    expect(page.next).toBeUndefined();
  });

  it('lists only the owner asked for, its kind and its own list', async () => {
    const [one, other] = [{ tenant: aTenant() }, { tenant: aTenant() }];
    await under.viewWriter.write([
      listedAt(one, 'pay_1', '2026-11-22T09:00:00.000Z'),
      listedAt(other, 'pay_2', '2026-11-22T09:00:00.000Z'),
      listedAt('platform', 'pay_3', '2026-11-22T09:00:00.000Z'),
      listedAt(one, 'pay_4', '2026-11-22T09:00:00.000Z', 'user-1'),
      { type: 'record', entity: { owner: one, kind: 'payment', id: 'pay_5' }, version: 1, data: { id: 'pay_5' } },
    ]);
    expect(idsOf((await under.views.list(one, 'payment', { limit: 9 })).records)).toEqual(['pay_1']);
    expect(idsOf((await under.views.list('platform', 'payment', { limit: 9 })).records)).toEqual(['pay_3']);
    expect(idsOf((await under.views.list(one, 'payment', { limit: 9, under: 'user-1' })).records)).toEqual(['pay_4']);
    expect((await under.views.list(one, 'member', { limit: 9 })).records).toEqual([]);
  });

  it('moves a record in its list when its place changes, and takes it out when it has none', async () => {
    const owner = { tenant: aTenant() };
    await under.viewWriter.write([listedAt(owner, 'pay_1', '2026-11-22T09:00:00.000Z')]);
    await under.viewWriter.write([
      { type: 'record', entity: { owner, kind: 'payment', id: 'pay_1' }, version: 2, data: { id: 'pay_1' } },
    ]);
    expect((await under.views.list(owner, 'payment', { limit: 9 })).records).toEqual([]);
  });

  it('reads membership, gate and first commit at once, each absent or present', async () => {
    const tenant = aTenant();
    const payment = aStream({ owner: { tenant } });
    expect(await under.views.access(tenant, memberOf(tenant, 'user-1'), payment)).toEqual({
      principal: undefined,
      gate: {},
      firstCommit: undefined,
    });

    const first = aCommit(payment, 1);
    await under.journal.append([first]);
    await under.journal.append([aCommit(payment, 2)]);
    await under.viewWriter.write([
      { type: 'record', entity: memberOf(tenant, 'user-1'), version: 4, data: { role: 'admin' } },
      { type: 'slot', entity: gateOf(tenant), slot: 'connection#con_1', version: 2, data: { provider: 'sandbox' } },
    ]);
    const access = await under.views.access(tenant, memberOf(tenant, 'user-1'), payment);
    expect(access).toEqual({
      principal: { version: 4, data: { role: 'admin' } },
      gate: { 'connection#con_1': { version: 2, data: { provider: 'sandbox' } } },
      firstCommit: first,
    });
    expect(await under.views.access(tenant, memberOf(tenant, 'user-2'))).toEqual({
      ...access,
      principal: undefined,
      firstCommit: undefined,
    });
    const other = aTenant();
    expect(await under.views.access(other, memberOf(other, 'user-1'))).toEqual({
      principal: undefined,
      gate: {},
      firstCommit: undefined,
    });
  });
}
