import '../../support/function-env';

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import { newDynamoJournal } from '../../../lambdas/adapters/dynamodb/dynamo-journal';
import { newDynamoViews, newDynamoViewWriter } from '../../../lambdas/adapters/dynamodb/dynamo-views';
import { newDynamoJournalScan } from '../../../lambdas/adapters/dynamodb/journal-scan';
import type { Notification } from '../../../lambdas/domain/notifications';
import { newProjector } from '../../../lambdas/handlers/projector/handler';
import type { NewCommit } from '../../../lambdas/kernel/journal';
import { aCommit, anObservation, aTenant } from '../../support/a-commit';
import { compareViews } from '../../support/compare-views';
import type { TestDynamo } from '../../support/dynoxide';
import { startDynoxide } from '../../support/dynoxide';
import { newMemoryTelemetry } from '../../support/memory-telemetry';
import { aStreamEvent } from '../../support/stream-events';

/** The projector on a real engine, killed at every one of its calls in turn. */

let dynamo: TestDynamo;

beforeAll(async () => {
  dynamo = await startDynoxide();
});

afterAll(() => dynamo.stop());

/** A tenant, its invitation and its member, and a refused access: what a projector sees of one sign-up. */
function aSignUp(): { readonly commits: readonly NewCommit[]; readonly observation: ReturnType<typeof anObservation> } {
  const tenant = aTenant();
  const owner = { tenant };
  const events = (type: string, data: object): Partial<NewCommit> => ({ events: [{ type, data }] });
  const permissions = ['payments:read'];
  const contact = { sealed: 'AQICAHi', masked: 'a***@example.com', hash: 'q83vEjRWeJA' };
  const sender = { user: 'owner-sub', level: 'member' };
  const expiresAt = '2026-11-25T09:00:00.000Z';
  const invitation = { owner, kind: 'invitation', id: 'inv_0123456789abcdefghjk' };
  const host = { owner, kind: 'tenant', id: tenant };
  return {
    commits: [
      aCommit(host, 1, events('TenantProvisioned', { name: 'Acme' })),
      aCommit(invitation, 1, events('InvitationIssued', { role: 'admin', permissions, contact, sender, expiresAt })),
      aCommit(invitation, 2, events('InvitationAccepted', { user: 'user-1' })),
      aCommit({ owner, kind: 'member', id: 'user-1' }, 1, {
        events: [{ type: 'MemberJoined', data: { role: 'admin', permissions, invitationId: invitation.id } }],
      }),
      aCommit(host, 2, events('TenantSuspended', { reason: 'unpaid' })),
    ],
    observation: anObservation({ owner }),
  };
}

/** The client of a process that dies at its call number `deadly`, before or after the call had its effect. */
function dyingClient(deadly: number, effect: 'before' | 'after'): { client: DynamoDBClient; callsMade(): number } {
  let calls = 0;
  const send = async (command: Parameters<DynamoDBClient['send']>[0]): Promise<unknown> => {
    calls += 1;
    if (calls > deadly || (calls === deadly && effect === 'before')) throw new Error('killed');
    const answer = await dynamo.client.send(command);
    if (calls >= deadly) throw new Error('killed');
    return answer;
  };
  return { client: { send } as unknown as DynamoDBClient, callsMade: () => calls };
}

async function killedAt(
  deadly: number,
  effect: 'before' | 'after',
): Promise<{ calls: number; differences: readonly string[] }> {
  const tables = await dynamo.newTables();
  const journal = newDynamoJournal({ client: dynamo.client, ...tables });
  const { commits, observation } = aSignUp();
  for (const commit of commits) await journal.append([commit]);
  await journal.observe(observation);

  const sent: Notification[] = [];
  const notifications = {
    enqueue: async (all: readonly Notification[]): Promise<void> => {
      sent.push(...all);
    },
  };
  const projectorOn = (client: DynamoDBClient) =>
    newProjector({
      journal: newDynamoJournal({ client, ...tables }),
      views: newDynamoViewWriter({ client, ...tables }),
      notifications,
      payoutImports: { enqueue: async () => undefined },
      ...newMemoryTelemetry(),
    });
  const batch = aStreamEvent(...commits, observation);
  const dying = dyingClient(deadly, effect);
  await projectorOn(dying.client)(batch);
  expect(await projectorOn(dynamo.client)(batch)).toEqual({ batchItemFailures: [] });

  expect(new Set(sent.map(({ commitId }) => commitId))).toEqual(new Set([commits[1]!.commitId]));
  const views = newDynamoViews({ client: dynamo.client, ...tables, sleep: async () => undefined });
  const scan = newDynamoJournalScan({ client: dynamo.client, ...tables });
  return { calls: dying.callsMade(), differences: await compareViews({ journal, views, scan }) };
}

describe('a projector that is killed', () => {
  test('leaves, once its batch was delivered again, exactly the views of a rebuild', async () => {
    const undisturbed = await killedAt(Infinity, 'before');
    expect(undisturbed.differences).toEqual([]);
    // Three streams read; five commits and an observation listed; tenant, gate, invitation, member and membership written.
    expect(undisturbed.calls).toBe(3 + 6 + 5);
    for (let deadly = 1; deadly <= undisturbed.calls; deadly += 1) {
      for (const effect of ['before', 'after'] as const) {
        expect({ deadly, effect, ...(await killedAt(deadly, effect)) }).toMatchObject({ differences: [] });
      }
    }
  });
});
