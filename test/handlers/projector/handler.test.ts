import '../../support/function-env';

import type { Notification } from '../../../lambdas/domain/notifications';
import type { PayoutImport } from '../../../lambdas/domain/settlements';
import { newProjector } from '../../../lambdas/handlers/projector/handler';
import type { NewCommit } from '../../../lambdas/kernel/journal';
import { gateOf } from '../../../lambdas/kernel/views';
import { aCommit, anObservation, aStream, aTenant } from '../../support/a-commit';
import { compareViews } from '../../support/compare-views';
import { newMemoryStore } from '../../support/memory-journal';
import { newMemoryJournalScan } from '../../support/memory-journal-scan';
import { newMemoryTelemetry } from '../../support/memory-telemetry';
import { aForeignChange, aStreamEvent } from '../../support/stream-events';

function aWorld() {
  const store = newMemoryStore();
  const telemetry = newMemoryTelemetry();
  const sent: Notification[] = [];
  const imported: PayoutImport[] = [];
  const deps = {
    journal: store.journal,
    views: store.viewWriter,
    notifications: {
      enqueue: async (notifications: readonly Notification[]) => {
        sent.push(...notifications);
      },
    },
    payoutImports: { enqueue: async (imports: readonly PayoutImport[]) => void imported.push(...imports) },
    ...telemetry,
  };
  const append = async (...commits: readonly NewCommit[]) => {
    for (const commit of commits) expect(await store.journal.append([commit])).toEqual({ ok: true });
  };
  const differences = () => compareViews({ ...store, scan: newMemoryJournalScan(store) });
  return { store, deps, append, sent, imported, telemetry, differences };
}

const tenantEvent = (type: string, data: object) => ({ events: [{ type, data }] });

/** A tenant that was provisioned, suspended and taken back. */
function aTenantStory(tenant = aTenant()): readonly [NewCommit, NewCommit, NewCommit] {
  const stream = { owner: { tenant }, kind: 'tenant', id: tenant };
  return [
    aCommit(stream, 1, tenantEvent('TenantProvisioned', { name: 'Acme' })),
    aCommit(stream, 2, tenantEvent('TenantSuspended', { reason: 'unpaid' })),
    aCommit(stream, 3, tenantEvent('TenantReactivated', {})),
  ];
}

function anInvitation(tenant = aTenant()): NewCommit {
  const contact = { sealed: 'AQICAHi', masked: 'a***@example.com', hash: 'q83vEjRWeJA' };
  const sender = { user: 'owner-sub', level: 'member' };
  const expiresAt = '2026-11-25T09:00:00.000Z';
  const data = { role: 'admin', permissions: ['payments:read'], contact, sender, expiresAt };
  return aCommit(aStream({ owner: { tenant }, kind: 'invitation', id: 'inv_0123456789abcdefghjk' }), 1, {
    events: [{ type: 'InvitationIssued', data }],
  });
}

describe('the projector', () => {
  test('folds the whole stream, whichever of its commits the batch holds', async () => {
    const { store, deps, append, differences } = aWorld();
    const story = aTenantStory();
    await append(...story);
    expect(await newProjector(deps)(aStreamEvent(story[1]))).toEqual({ batchItemFailures: [] });
    const [{ stream }] = story;
    expect(await store.views.record({ ...stream, owner: 'platform' })).toMatchObject({
      version: 3,
      data: { status: 'active' },
    });
    expect(await differences()).not.toEqual([]);
    await newProjector(deps)(aStreamEvent(story[2], story[0]));
    expect(await differences()).toEqual([]);
  });

  test('writes the immediate views too, so that a rebuild can start from nothing', async () => {
    const { store, deps, append } = aWorld();
    const story = aTenantStory();
    await append(...story);
    await newProjector(deps)(aStreamEvent(...story));
    expect(await store.views.slots(gateOf(story[0].stream.id))).toMatchObject({
      tenant: { version: 3, data: { status: 'active' } },
    });
  });

  test('lists every commit and observation among the audit events of its owner, newest first', async () => {
    const { store, deps, append } = aWorld();
    const [provisioned] = aTenantStory();
    await append(provisioned);
    const seen = anObservation({ owner: provisioned.stream.owner, at: '2026-11-22T10:00:00.000Z' });
    await store.journal.observe(seen);
    await newProjector(deps)(aStreamEvent(provisioned, seen));
    const { records } = await store.views.list(provisioned.stream.owner, 'audit-event', { limit: 10 });
    expect(records.map(({ data }) => data.id)).toEqual([seen.commitId, provisioned.commitId]);
  });

  test('asks for an e-mail about an issued invitation, with ids and nothing else', async () => {
    const { deps, append, sent } = aWorld();
    const invited = anInvitation();
    await append(invited);
    await newProjector(deps)(aStreamEvent(invited));
    expect(sent).toEqual([
      {
        kind: 'invitation-issued',
        tenant: (invited.stream.owner as { tenant: string }).tenant,
        invitationId: invited.stream.id,
        commitId: invited.commitId,
        requestId: invited.request.id,
      },
    ]);
  });

  test('does not notify before the views stand, and fails the record when the queue does not take it', async () => {
    const { store, deps, append, telemetry } = aWorld();
    const [provisioned] = aTenantStory();
    const invited = anInvitation();
    await append(provisioned, invited);
    const broken = {
      ...deps,
      notifications: {
        enqueue: async (all: readonly unknown[]) => {
          if (all.length > 0) throw new Error('down');
        },
      },
    };
    const answer = await newProjector(broken)(aStreamEvent(provisioned, invited));
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
    expect(telemetry.counted).toEqual(['ViewsProjectionFailed']);
    expect((await store.views.list(invited.stream.owner, 'audit-event', { limit: 10 })).records).toHaveLength(1);
  });

  test('fails loudly for a kind that nobody registered, and projects the rest', async () => {
    const { deps, append, differences, telemetry } = aWorld();
    const [provisioned] = aTenantStory();
    const unknown = aCommit(aStream({ kind: 'spaceship' }), 1);
    await append(provisioned, unknown);
    const answer = await newProjector(deps)(aStreamEvent(unknown, provisioned));
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
    expect(telemetry.lines).toContainEqual(
      expect.objectContaining({
        fields: expect.objectContaining({ errorMessage: expect.stringContaining('no projection for spaceship') }),
      }),
    );
    await expect(differences()).rejects.toThrow('spaceship');
  });

  test('fails the stream whose journal has a gap', async () => {
    const { deps } = aWorld();
    const orphan = aTenantStory()[1];
    const behind = { ...deps, journal: { read: async () => [orphan] } };
    expect(await newProjector(behind)(aStreamEvent(orphan))).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
  });

  test('has nothing to do with changes and removals, which the sequencer reports', async () => {
    const { store, deps } = aWorld();
    const answer = await newProjector(deps)(aStreamEvent(aForeignChange('REMOVE', aTenantStory()[0])));
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(store.commits).toEqual([]);
  });

  test('has the lines of a payout fetched when it is paid, and not before', async () => {
    const { deps, append, imported } = aWorld();
    const tenant = aTenant();
    const stream = { owner: { tenant }, kind: 'settlement', id: 'set_0123456789abcdefghjk' };
    const report = (status: string) =>
      tenantEvent('PayoutReported', {
        connectionId: 'con_0123456789abcdefghjk',
        payoutId: 'po_1',
        status,
        amount: 970,
        currency: 'USD',
      });
    const [pending, paid] = [aCommit(stream, 1, report('pending')), aCommit(stream, 2, report('paid'))];
    await append(pending, paid);
    await newProjector(deps)(aStreamEvent(pending));
    expect(imported).toEqual([]);
    await newProjector(deps)(aStreamEvent(paid));
    expect(imported).toEqual([{ tenant, settlementId: stream.id, requestId: paid.request.id }]);
  });
});
