import '../../support/function-env';

import { hideContact, issueInvitation, readInvitationToken } from '../../../lambdas/domain/identity';
import type { Mail } from '../../../lambdas/domain/identity';
import { notices } from '../../../lambdas/domain/notifications/notices';
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
  const issued = issueInvitation(
    { role: 'admin', permissions: ['payments:read'] },
    contact,
    { user: 'owner-sub', level: 'member' },
    clock.now(),
  );
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
  const addresses = {
    addressOf: async (user: string) => (user.startsWith('gone') ? undefined : `${user}@example.com`),
  };
  const consoleUrl = 'https://console.example.com';
  const deps = { journal, sealer, macs, mailer, addresses, clock, consoleUrl, ...telemetry };
  const caused = { commitId: commit.commitId, requestId: 'req-1' };
  const notification = { kind: 'invitation-issued', tenant, invitationId, ...caused };
  const deliver = (...bodies: readonly unknown[]) =>
    newNotifier(deps)({
      Records: bodies.map((body, index) => ({ messageId: `message-${String(index)}`, body: JSON.stringify(body) })),
    });
  const notice = (name: string, more: object = {}) => ({
    kind: 'notice',
    notice: name,
    tell: { user: 'ada-sub' },
    tenant,
    at: '2026-11-22T09:30:00.000Z',
    ...caused,
    ...more,
  });
  const owners = (...users: readonly string[]) =>
    journal.append([
      aCommit({ owner: { tenant }, kind: 'owners', id: 'owners' }, 1, {
        events: users.map((user) => ({ type: 'OwnerAdded', data: { user } })),
      }),
    ]);
  return { deliver, notification, notice, owners, mails, telemetry, clock, tenant, commit };
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
    expect(await readInvitationToken(token!, macs)).toEqual({ tenant, invitationId, issue: 1 });
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

  test('says in the log by which request a mail was caused, sent or not', async () => {
    const { deliver, notification, notice, telemetry } = await aWorld();
    await deliver(notification, notice('role-changed'));
    expect(telemetry.lines.map(({ fields }) => fields.requestId)).toEqual(['req-1', 'req-1']);
    const failing = await aWorld({ failing: true });
    await failing.deliver(failing.notification);
    expect(failing.telemetry.lines).toContainEqual(
      expect.objectContaining({ level: 'error', fields: expect.objectContaining({ requestId: 'req-1' }) }),
    );
  });
});

describe('a notice', () => {
  test('says what, when, from where and what to do, under a key of its own', async () => {
    const { deliver, notice, mails, commit } = await aWorld();
    const added = notice('factor-added', { tenant: undefined, ip: '203.0.113.7' });
    expect(await deliver(added)).toEqual({ batchItemFailures: [] });
    expect(mails).toEqual([
      expect.objectContaining({
        to: 'ada-sub@example.com',
        subject: 'A second factor was added to your account',
        idempotencyKey: `${commit.commitId}.factor-added.ada-sub`,
      }),
    ]);
    const { text } = mails[0]!;
    expect(text).toContain('on 22 November 2026 at 09:30 UTC, from the address 203.0.113.7.');
    expect(text).toContain('If not, somebody else may be in your account');
    expect(text).toContain('name the reference req-1');
  });

  test('names the tenant, as text', async () => {
    const { deliver, notice, mails } = await aWorld({ name: '<b>Acme\n & "Sons"</b>' });
    await deliver(notice('member-suspended'));
    expect(mails[0]!.subject).toBe('Your access to <b>Acme & "Sons"</b> is suspended');
    expect(mails[0]!.html).toContain('&lt;b&gt;Acme &amp; &quot;Sons&quot;&lt;/b&gt;');
    expect(mails[0]!.html).not.toContain('<b>');
  });

  test('to the Owners reaches each of those who are, whoever cannot be reached', async () => {
    const { deliver, notice, owners, mails } = await aWorld();
    await owners('bob', 'gone-carl', 'dora');
    await deliver(notice('api-key-issued', { tell: 'owners', about: 'key_0123456789abcdefghjk' }));
    expect(mails.map(({ to }) => to)).toEqual(['bob@example.com', 'dora@example.com']);
    expect(new Set(mails.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(2);
    expect(mails[0]!.text).toContain('The API key key_0123456789abcdefghjk was issued for Acme.');
  });

  test('is skipped when there is nobody left to tell', async () => {
    const { deliver, notice, mails, telemetry } = await aWorld();
    expect(await deliver(notice('member-removed', { tell: { user: 'gone-eve' } }))).toEqual({ batchItemFailures: [] });
    expect(mails).toEqual([]);
    expect(telemetry.lines.at(-1)?.fields).toMatchObject({ reason: 'skipped-nobody', notice: 'member-removed' });
  });

  test('of every kind has words, and none of them is missing', async () => {
    for (const name of Object.keys(notices)) {
      const { deliver, notice, mails } = await aWorld();
      await deliver(notice(name, { about: 'key_0123456789abcdefghjk' }));
      expect(mails).toHaveLength(1);
      const { subject, text, html } = mails[0]!;
      expect(subject.length).toBeLessThan(80);
      expect(`${subject} ${text} ${html}`).not.toMatch(/undefined|\[object|null/);
    }
  });
});
