import {
  contactContext,
  hideContact,
  invitationEntity,
  invitationStatus,
  invitationStream,
  invitationToken,
  issueInvitation,
  readInvitationToken,
  summaryOf,
} from '../../../lambdas/domain/identity';
import type { Invitation } from '../../../lambdas/domain/identity';
import { acceptInvitation, resend, revoke } from '../../../lambdas/domain/identity/invitation';
import { isContact } from '../../../lambdas/domain/identity/contact';
import { deriveId } from '../../../lambdas/kernel/ids';
import { newMemoryMac, newMemorySealer } from '../../support/memory-keys';

const tenant = deriveId('tenant', ['a']);
const id = deriveId('invitation', ['a']);
const macs = newMemoryMac();
const sealer = newMemorySealer();
const issuedAt = new Date('2026-11-22T12:00:00.000Z');
const hours = (count: number) => new Date(issuedAt.getTime() + count * 3_600_000);

const sender = { user: 'owner', level: 'member' } as const;
const facts = { version: 1, at: issuedAt.toISOString(), commandKey: undefined, stream: invitationStream(tenant, id) };

async function anInvitation(email = 'Ada@Example.com'): Promise<Invitation> {
  const contact = await hideContact(email, { tenant, id }, { sealer, macs });
  const event = issueInvitation({ role: 'admin', permissions: ['payments:read'] }, contact, sender, issuedAt);
  return invitationEntity.evolve(undefined, event, facts);
}

describe('an invitation', () => {
  test('holds for 72 hours', async () => {
    const invitation = await anInvitation();
    expect(invitationStatus(invitation, new Date(hours(72).getTime() - 1))).toBe('pending');
    expect(invitationStatus(invitation, hours(72))).toBe('expired');
    expect(acceptInvitation(invitation, 'user-1', hours(72))).toEqual({
      ok: false,
      error: { reason: 'invitation-expired' },
    });
  });

  test('is used once', async () => {
    const used = { ...(await anInvitation()), acceptedBy: 'user-1' };
    expect(acceptInvitation(used, 'user-2', hours(1))).toEqual({ ok: false, error: { reason: 'invitation-used' } });
    expect(resend(used, sender, hours(1))).toEqual({ ok: false, error: { reason: 'invitation-used' } });
    expect(revoke(used)).toEqual({ ok: false, error: { reason: 'invitation-used' } });
  });

  test('sent again holds for 72 hours from then, also when it had expired', async () => {
    const invitation = await anInvitation();
    const resent = resend(invitation, { user: 'another', level: 'member' }, hours(80));
    if (!resent.ok) throw new Error(resent.error.reason);
    const after = invitationEntity.evolve(invitation, resent.value, {
      ...facts,
      version: 2,
      at: hours(80).toISOString(),
    });
    expect(after).toMatchObject({ issue: 2, sender: { user: 'another' }, issuedAt: hours(80).toISOString() });
    expect(invitationStatus(after, new Date(hours(152).getTime() - 1))).toBe('pending');
    expect(invitationStatus(after, hours(152))).toBe('expired');
  });

  test('is revoked for good', async () => {
    const revoked = { ...(await anInvitation()), revokedAt: hours(1).toISOString() };
    expect(invitationStatus(revoked, hours(2))).toBe('revoked');
    expect(acceptInvitation(revoked, 'user-1', hours(2))).toEqual({
      ok: false,
      error: { reason: 'invitation-revoked' },
    });
    expect(resend(revoked, sender, hours(2))).toEqual({ ok: false, error: { reason: 'invitation-revoked' } });
    expect(revoke(revoked)).toEqual({ ok: true, value: [] });
  });

  test('shows of its address, its sender and its issue nothing but the mask', async () => {
    const shown = summaryOf(await anInvitation());
    expect(shown).toEqual({
      id,
      tenantId: tenant,
      role: 'admin',
      permissions: ['payments:read'],
      email: 'a***@example.com',
      expiresAt: hours(72).toISOString(),
      createdAt: hours(0).toISOString(),
    });
  });

  test('holds the address masked, hashed and sealed, and nowhere in clear', async () => {
    const { contact, ...rest } = await anInvitation();
    expect(contact.masked).toBe('a***@example.com');
    expect(JSON.stringify({ rest, masked: contact.masked, hash: contact.hash })).not.toContain('ada@');
    expect(await sealer.open(contact.sealed, contactContext(tenant, id))).toBe('ada@example.com');
    await expect(sealer.open(contact.sealed, contactContext(tenant, deriveId('invitation', ['b'])))).rejects.toThrow();
    expect(JSON.stringify(invitationEntity.audited({ contact, ...rest }))).not.toContain(contact.hash);
  });

  test('knows its address in any case, and in its own tenant only', async () => {
    const { contact } = await anInvitation();
    expect(await isContact(contact, 'ADA@example.COM', tenant, macs)).toBe(true);
    expect(await isContact(contact, 'ada@example.org', tenant, macs)).toBe(false);
    expect(await isContact(contact, 'ada@example.com', deriveId('tenant', ['b']), macs)).toBe(false);
  });

  test('is not the address of who only looks alike to Unicode', async () => {
    const contact = await hideContact(
      'kim.s@example.com',
      { tenant, id: deriveId('invitation', ['k']) },
      { sealer, macs },
    );
    expect(await isContact(contact, 'KIM.S@example.com', tenant, macs)).toBe(true);
    // The Kelvin sign, the long s, full width, and white space of other kinds: all of them other mailboxes.
    for (const other of [
      '\u212aim.s@example.com',
      'kim.\u017f@example.com',
      '\uff4bim.s@example.com',
      '\u00a0kim.s@example.com',
    ]) {
      expect({ other, same: await isContact(contact, other, tenant, macs) }).toEqual({ other, same: false });
    }
  });
});

describe('a token', () => {
  const issued = { tenant, invitationId: id, issue: 1 };

  test('is genuine for its tenant and invitation', async () => {
    const token = await invitationToken(issued, macs);
    expect(token.startsWith(`${tenant}.${id}.1-`)).toBe(true);
    expect(await readInvitationToken(token, macs)).toEqual(issued);
  });

  test.each([
    ['another tenant', (token: string) => token.replace(tenant, deriveId('tenant', ['b']))],
    ['another invitation', (token: string) => token.replace(id, deriveId('invitation', ['b']))],
    ['another issue', (token: string) => token.replace('.1-', '.2-')],
    ['an issue that is no number', (token: string) => token.replace('.1-', '.01-')],
    ['no issue', (token: string) => token.replace('.1-', '.')],
    ['no code', () => `${tenant}.${id}.1-`],
    ['a part too many', (token: string) => `${token}.x`],
    ['a tenant that would widen a policy', (token: string) => token.replace(tenant, 'ten_*')],
    ['nothing of ours', () => 'hello'],
  ])('with %s is not', async (_, alter) => {
    expect(await readInvitationToken(alter(await invitationToken(issued, macs)), macs)).toBeUndefined();
  });

  test('cannot be made from the hash of an address under the same key', async () => {
    const { contact } = await anInvitation();
    expect(await readInvitationToken(`${tenant}.${id}.1-${contact.hash}`, macs)).toBeUndefined();
  });
});
