import {
  contactContext,
  hideContact,
  invitationEntity,
  invitationStatus,
  invitationStream,
  invitationToken,
  issueInvitation,
  readInvitationToken,
} from '../../../lambdas/domain/identity';
import type { Invitation } from '../../../lambdas/domain/identity';
import { acceptInvitation } from '../../../lambdas/domain/identity/invitation';
import { isContact } from '../../../lambdas/domain/identity/contact';
import { deriveId } from '../../../lambdas/kernel/ids';
import { newMemoryMac, newMemorySealer } from '../../support/memory-keys';

const tenant = deriveId('tenant', ['a']);
const id = deriveId('invitation', ['a']);
const macs = newMemoryMac();
const sealer = newMemorySealer();
const issuedAt = new Date('2026-11-22T12:00:00.000Z');
const hours = (count: number) => new Date(issuedAt.getTime() + count * 3_600_000);

async function anInvitation(email = 'Ada@Example.com'): Promise<Invitation> {
  const contact = await hideContact(email, { tenant, id }, { sealer, macs });
  const event = issueInvitation({ role: 'admin', permissions: ['payments:read'] }, contact, issuedAt);
  const facts = { version: 1, at: issuedAt.toISOString(), commandKey: undefined, stream: invitationStream(tenant, id) };
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

  test('is used once; the same person accepting again changes nothing', async () => {
    const used = { ...(await anInvitation()), acceptedBy: 'user-1' };
    expect(acceptInvitation(used, 'user-2', hours(1))).toEqual({ ok: false, error: { reason: 'invitation-used' } });
    expect(acceptInvitation(used, 'user-1', hours(100))).toEqual({ ok: true, value: [] });
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
  test('is genuine for its tenant and invitation', async () => {
    const token = await invitationToken(tenant, id, macs);
    expect(token.startsWith(`${tenant}.${id}.`)).toBe(true);
    expect(await readInvitationToken(token, macs)).toEqual({ tenant, invitationId: id });
  });

  test.each([
    ['another tenant', (token: string) => token.replace(tenant, deriveId('tenant', ['b']))],
    ['another invitation', (token: string) => token.replace(id, deriveId('invitation', ['b']))],
    ['no code', () => `${tenant}.${id}.`],
    ['a part too many', (token: string) => `${token}.x`],
    ['a tenant that would widen a policy', (token: string) => token.replace(tenant, 'ten_*')],
    ['nothing of ours', () => 'hello'],
  ])('with %s is not', async (_, alter) => {
    expect(await readInvitationToken(alter(await invitationToken(tenant, id, macs)), macs)).toBeUndefined();
  });

  test('cannot be made from the hash of an address under the same key', async () => {
    const { contact } = await anInvitation();
    expect(await readInvitationToken(`${tenant}.${id}.${contact.hash}`, macs)).toBeUndefined();
  });
});
