import { commitAuditView, observationAuditView } from '../../../lambdas/domain/audit';
import { auditEvent } from '../../../lambdas/routes/audit-events';
import { aCommit, anObservation } from './a-commit';

describe('the audit list', () => {
  test('shows a commit as the API answers it, at its own time', () => {
    const commit = aCommit({ version: 3 });
    const view = commitAuditView(commit);
    expect(view).toMatchObject({
      type: 'record',
      version: 1,
      entity: { owner: commit.stream.owner, kind: 'audit-event', id: commit.commitId },
      listed: { at: commit.at },
    });
    expect(auditEvent.parse(view.data)).toMatchObject({
      id: commit.commitId,
      action: 'createPayment',
      outcome: 'succeeded',
      entity: { kind: 'payment', id: 'pay_1', version: 3 },
      changes: [{ path: 'status', to: 'processing' }],
    });
  });

  test('shows an observation as the API answers it', () => {
    const view = observationAuditView(anObservation({ minute: 7 }));
    expect(auditEvent.parse(view.data)).toMatchObject({
      action: 'AccessRefused',
      outcome: 'refused',
      events: [{ type: 'AccessRefused', data: { reason: 'not-a-member' } }],
      changes: [],
    });
  });

  test('leaves out ciphertext and masks what looks like a secret', () => {
    const contact = { sealed: 'AQICAHi…', masked: 'a***@example.com', hash: 'q83vEjRWeJA' };
    const data = { contact, email: 'ada@example.com', note: 'card 4242 4242 4242 4242' };
    const events = [{ type: 'InvitationIssued', data }];
    const shown = JSON.stringify(commitAuditView(aCommit({ events })).data);
    expect(shown).not.toMatch(/AQICAHi|q83v|ada@|4242/);
    expect(shown).toContain('a***@example.com');
  });
});
