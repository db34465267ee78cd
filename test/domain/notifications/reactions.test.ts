import { parseNotification, reactionsTo } from '../../../lambdas/domain/notifications';
import { aCommit, aStream, aTenant } from '../../support/a-commit';

const tenant = aTenant();
const invitation = { owner: { tenant }, kind: 'invitation', id: 'inv_0123456789abcdefghjk' };
const issued = { events: [{ type: 'InvitationIssued', data: {} }] };

describe('reactions to commits', () => {
  test('an issued invitation is told once a commit', () => {
    const commit = aCommit(invitation, 1, issued);
    const [notification, ...others] = reactionsTo(commit);
    expect(notification).toEqual({
      kind: 'invitation-issued',
      tenant,
      invitationId: invitation.id,
      commitId: commit.commitId,
    });
    expect(others).toEqual([]);
  });

  test('nobody is told of anything else', () => {
    expect(reactionsTo(aCommit(invitation, 2, { events: [{ type: 'InvitationAccepted', data: {} }] }))).toEqual([]);
    expect(reactionsTo(aCommit(aStream(), 1, issued))).toEqual([]);
    expect(reactionsTo(aCommit({ ...invitation, owner: 'platform' }, 1, issued))).toEqual([]);
  });

  test('what is sent can be read, and nothing else can', () => {
    const [notification] = reactionsTo(aCommit(invitation, 1, issued));
    expect(parseNotification(JSON.stringify(notification))).toEqual(notification);
    for (const foreign of [
      '',
      '{}',
      JSON.stringify({ ...notification, email: 'ada@example.com' }),
      JSON.stringify({ ...notification, tenant: 'x' }),
    ]) {
      expect(() => parseNotification(foreign)).toThrow();
    }
  });
});
