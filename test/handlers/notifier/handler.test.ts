import '../../support/function-env';

import { hideContact, issueInvitation, readInvitationToken } from '../../../lambdas/domain/identity';
import type { Mail } from '../../../lambdas/domain/identity';
import { newNotifier } from '../../../lambdas/handlers/notifier/handler';
import type { DomainEvent } from '../../../lambdas/kernel/journal';
import type { KeyedMac, Sealer } from '../../../lambdas/kernel/sealing';
import { aClock, aCommit, aTenant } from '../../support/a-commit';
import { newMemoryStore } from '../../support/memory-journal';
import { newMemoryTelemetry } from '../../support/memory-telemetry';

const sealer: Sealer = {
  seal: async (plaintext, context) => Buffer.from(JSON.stringify({ plaintext, context })).toString('base64'),
  open: async (sealed, context) => {
    const opened = JSON.parse(Buffer.from(sealed, 'base64').toString()) as { plaintext: string; context: object };
    if (JSON.stringify(opened.context) !== JSON.stringify(context)) throw new Error('InvalidCiphertextException');
    return opened.plaintext;
  },
};

const macs: KeyedMac = {
  mac: async (text) => Buffer.from(`mac of ${text}`).toString('base64url'),
  verify: async (text, mac) => Buffer.from(`mac of ${text}`).toString('base64url') === mac,
};

const invitationId = 'inv_0123456789abcdefghjk';

async function aWorld(given: { name?: string; later?: readonly DomainEvent[]; failing?: boolean } = {}) {
  const { name = 'Acme', later = [], failing = false } = given;
  const { journal } = newMemoryStore();
  const telemetry = newMemoryTelemetry();
  const clock = aClock();
  const tenant = aTenant();
  const host = { owner: { tenant }, kind: 'tenant', id: tenant };
  const stream = { owner: { tenant }, kind: 'invitation', id: invitationId };
  await journal.append([aCommit(host, 1, { events: [{ type: 'TenantProvisioned', data: { name } }] })]);
  const contact = await hideContact('Ada@Example.com', { tenant, id: invitationId }, { sealer, macs });
  const issued = issueInvitation({ role: 'admin', permissions: ['payments:read'] }, contact, clock.now());
  const commit = aCommit(stream, 1, { events: [issued] });
  await journal.append([commit]);
  for (const event of later) await journal.append([aCommit(stream, 2, { events: [event] })]);

  const mails: Mail[] = [];
  const mailer = {
    send: async (mail: Mail) => {
      if (failing) throw new Error('rate_limit_exceeded');
      mails.push(mail);
    },
  };
  const deps = { journal, sealer, macs, mailer, clock, consoleUrl: 'https://console.example.com', ...telemetry };
  const notification = { kind: 'invitation-issued', tenant, invitationId, commitId: commit.commitId };
  const deliver = (...bodies: readonly unknown[]) =>
    newNotifier(deps)({
      Records: bodies.map((body, index) => ({ messageId: `message-${String(index)}`, body: JSON.stringify(body) })),
    });
  return { deliver, notification, mails, telemetry, clock, tenant, commit };
}

describe('the notifier', () => {
  test('mails the invited address a link whose token the acceptance takes', async () => {
    const { deliver, notification, mails, tenant, commit } = await aWorld();
    expect(await deliver(notification)).toEqual({ batchItemFailures: [] });
    const [mail] = mails;
    expect(mail).toMatchObject({
      to: 'ada@example.com',
      subject: 'Join Acme on Countinghouse',
      idempotencyKey: commit.commitId,
    });
    const [, token] = /https:\/\/console\.example\.com\/invitations\/accept#token=(\S+)/.exec(mail!.text)!;
    expect(await readInvitationToken(token!, macs)).toEqual({ tenant, invitationId });
    expect(mail!.html).toContain(`#token=${token!}`);
    expect(mail!.text).toContain('25 November 2026 at 09:00 UTC');
  });

  test('makes the very same mail of a message that comes twice', async () => {
    const { deliver, notification, mails } = await aWorld();
    await deliver(notification, notification);
    expect(mails).toHaveLength(2);
    expect(mails[0]).toEqual(mails[1]);
  });

  test('shows the name of a tenant as text, not as markup', async () => {
    const { deliver, notification, mails } = await aWorld({ name: '<img src=x> & "Sons"' });
    await deliver(notification);
    expect(mails[0]!.html).toContain('&lt;img src=x&gt; &amp; &quot;Sons&quot;');
    expect(mails[0]!.html).not.toContain('<img');
  });

  test('skips an invitation that was accepted meanwhile', async () => {
    const { deliver, notification, mails } = await aWorld({
      later: [{ type: 'InvitationAccepted', data: { user: 'user-1' } }],
    });
    expect(await deliver(notification)).toEqual({ batchItemFailures: [] });
    expect(mails).toEqual([]);
  });

  test('skips an invitation that has expired', async () => {
    const { deliver, notification, mails, clock } = await aWorld();
    clock.advance(72 * 60 * 60 * 1000);
    expect(await deliver(notification)).toEqual({ batchItemFailures: [] });
    expect(mails).toEqual([]);
  });

  test('gives back only the messages that failed', async () => {
    const { deliver, notification, mails } = await aWorld();
    const unknown = { ...notification, invitationId: 'inv_zzzzzzzzzzzzzzzzzzzz' };
    const { batchItemFailures } = await deliver(unknown, notification, { poison: true });
    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).sort()).toEqual(['message-0', 'message-2']);
    expect(mails).toHaveLength(1);
  });

  test('gives the message back when the mail service refuses, and logs neither address nor token', async () => {
    const { deliver, notification, telemetry } = await aWorld({ failing: true });
    expect(await deliver(notification)).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] });
    expect(JSON.stringify(telemetry.lines)).not.toMatch(/ada@|token=/i);
  });
});
