import { parseNotification, reactionsTo } from '../../../lambdas/domain/notifications';
import { notices } from '../../../lambdas/domain/notifications/notices';
import type { DomainEvent, StreamId } from '../../../lambdas/kernel/journal';
import { aCommit, aStream, aTenant } from '../../support/a-commit';

const tenant = aTenant();
const invitation = { owner: { tenant }, kind: 'invitation', id: 'inv_0123456789abcdefghjk' };
const issued = { events: [{ type: 'InvitationIssued', data: {} }] };

const ada = 'ada-sub';
const above = 'owner-sub';
const member = { owner: { tenant }, kind: 'member', id: ada };
const factors: StreamId = { owner: 'platform', kind: 'mfa', id: ada };
const apiKey = { owner: { tenant }, kind: 'api-key', id: 'key_0123456789abcdefghjk' };
const transfer = { owner: { tenant }, kind: 'ownership-transfer', id: 'ownership-transfer' };
const policy = { owner: { tenant }, kind: 'security-policy', id: 'policy' };
const admin: StreamId = { owner: 'platform', kind: 'platform-admin', id: ada };

const grant = (role: string) => ({ role, permissions: [] });
const offer = { from: above, to: ada, expiresAt: '2026-11-25T09:00:00.000Z' };

/** Every notice: in which stream, for which event, by whom, and who is told. */
const table: readonly (readonly [string, StreamId, DomainEvent, string, unknown])[] = [
  ['role-changed', member, { type: 'MemberGrantChanged', data: grant('auditor') }, above, { user: ada }],
  ['owner-made', member, { type: 'MemberGrantChanged', data: grant('owner') }, ada, { user: ada }],
  ['member-suspended', member, { type: 'MemberSuspended', data: { reason: 'away' } }, above, { user: ada }],
  ['member-reactivated', member, { type: 'MemberReactivated', data: {} }, above, { user: ada }],
  ['member-removed', member, { type: 'MemberRemoved', data: {} }, above, { user: ada }],
  ['glass-broken', member, { type: 'BreakGlassOpened', data: {} }, ada, 'owners'],
  ['glass-closed', member, { type: 'BreakGlassClosed', data: {} }, ada, 'owners'],
  ['ownership-offered', transfer, { type: 'OwnershipOffered', data: offer }, above, { user: ada }],
  ['factor-added', factors, { type: 'TotpConfirmed', data: {} }, ada, { user: ada }],
  ['factor-added', factors, { type: 'PasskeyRegistered', data: {} }, ada, { user: ada }],
  ['factor-removed', factors, { type: 'TotpRemoved', data: {} }, ada, { user: ada }],
  ['factor-removed', factors, { type: 'PasskeyRemoved', data: {} }, ada, { user: ada }],
  ['recovery-codes-made', factors, { type: 'RecoveryCodesMade', data: {} }, ada, { user: ada }],
  ['recovery-code-used', factors, { type: 'RecoveryCodeUsed', data: {} }, ada, { user: ada }],
  ['second-factors-reset', factors, { type: 'SecondFactorsReset', data: {} }, above, { user: ada }],
  ['api-key-issued', apiKey, { type: 'ApiKeyIssued', data: {} }, above, 'owners'],
  ['api-key-rotated', apiKey, { type: 'ApiKeyRotated', data: {} }, above, 'owners'],
  ['api-key-revoked', apiKey, { type: 'ApiKeyRevoked', data: {} }, above, 'owners'],
  ['addresses-reset', policy, { type: 'AllowedAddressesReset', data: { reason: 'locked out' } }, above, 'owners'],
  ['super-admin-appointed', admin, { type: 'PlatformAdminAppointed', data: {} }, above, { user: ada }],
  ['super-admin-removed', admin, { type: 'PlatformAdminRemoved', data: {} }, above, { user: ada }],
];

const commitOf = (stream: StreamId, event: DomainEvent, user: string) =>
  aCommit(stream, 2, { events: [event], actor: { user, session: 'session-1', level: 'owner' } });

describe('reactions to commits', () => {
  test.each(['InvitationIssued', 'InvitationResent'])('%s: the invitation is mailed, once a commit', (type) => {
    const commit = aCommit(invitation, 1, { events: [{ type, data: {} }] });
    expect(reactionsTo(commit)).toEqual([
      {
        kind: 'invitation-issued',
        tenant,
        invitationId: invitation.id,
        commitId: commit.commitId,
        requestId: 'req-1',
      },
    ]);
  });

  test.each(table)('%s: of %o, %o by %s, %o is told', (notice, stream, event, user, tell) => {
    const commit = commitOf(stream, event, user);
    const [told, ...others] = reactionsTo(commit);
    expect(told).toMatchObject({
      kind: 'notice',
      notice,
      tell,
      at: commit.at,
      commitId: commit.commitId,
      requestId: 'req-1',
    });
    expect(others).toEqual([]);
    expect(told?.tenant).toBe(stream.owner === 'platform' ? undefined : tenant);
    expect(parseNotification(JSON.stringify(told))).toEqual(told);
  });

  test('every notice has an event that it is of', () => {
    expect(new Set(table.map(([notice]) => notice))).toEqual(new Set(Object.keys(notices)));
  });

  test('the address is told of acts of the account itself and to Owners, not of those above', () => {
    const ipOf = (stream: StreamId, event: DomainEvent, user: string) => {
      const [told] = reactionsTo(commitOf(stream, event, user));
      return told?.kind === 'notice' ? told.ip : undefined;
    };
    expect(ipOf(factors, { type: 'TotpConfirmed', data: {} }, ada)).toBe('203.0.113.7');
    expect(ipOf(apiKey, { type: 'ApiKeyIssued', data: {} }, above)).toBe('203.0.113.7');
    expect(ipOf(member, { type: 'MemberGrantChanged', data: grant('owner') }, ada)).toBe('203.0.113.7');
    expect(ipOf(member, { type: 'MemberSuspended', data: { reason: 'away' } }, above)).toBeUndefined();
    expect(ipOf(factors, { type: 'SecondFactorsReset', data: {} }, above)).toBeUndefined();
  });

  test('a commit with an event twice tells of it once', () => {
    const event = { type: 'RecoveryCodeUsed', data: {} };
    expect(reactionsTo(aCommit(factors, 2, { events: [event, event] }))).toHaveLength(1);
  });

  test('nobody is told of anything else', () => {
    expect(reactionsTo(aCommit(invitation, 2, { events: [{ type: 'InvitationAccepted', data: {} }] }))).toEqual([]);
    expect(reactionsTo(aCommit(aStream(), 1, issued))).toEqual([]);
    expect(reactionsTo(aCommit({ ...invitation, owner: 'platform' }, 1, issued))).toEqual([]);
    expect(reactionsTo(commitOf(member, { type: 'MemberJoined', data: {} }, ada))).toEqual([]);
    expect(reactionsTo(commitOf(factors, { type: 'TotpEnrolmentBegun', data: {} }, ada))).toEqual([]);
    const ofPlatform: StreamId = { owner: 'platform', kind: 'security-policy', id: 'platform' };
    expect(reactionsTo(commitOf(ofPlatform, { type: 'AllowedAddressesReset', data: {} }, above))).toEqual([]);
    expect(reactionsTo(commitOf(member, { type: 'constructor', data: {} }, ada))).toEqual([]);
    expect(reactionsTo(commitOf({ ...member, kind: 'constructor' }, { type: 'name', data: {} }, ada))).toEqual([]);
  });

  test('what is sent can be read, and nothing else can', () => {
    const [notification] = reactionsTo(aCommit(invitation, 1, issued));
    expect(parseNotification(JSON.stringify(notification))).toEqual(notification);
    const [notice] = reactionsTo(commitOf(factors, { type: 'TotpConfirmed', data: {} }, ada));
    for (const foreign of [
      '',
      '{}',
      JSON.stringify({ ...notification, email: 'ada@example.com' }),
      JSON.stringify({ ...notification, tenant: 'x' }),
      JSON.stringify({ ...notice, notice: 'constructor' }),
      JSON.stringify({ ...notice, tell: { user: 'x" or sub ^= "' } }),
      JSON.stringify({ ...notice, tell: 'everybody' }),
    ]) {
      expect(() => parseNotification(foreign)).toThrow();
    }
  });
});
