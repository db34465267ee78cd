import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Resend } from 'resend';
import { startOutbox } from '../../../local/services/outbox';

// resend.com/docs/api-reference/emails/send-email
describe('the outbox', () => {
  it('takes mail from the Resend client, once per idempotency key, and keeps it over a restart', async () => {
    const stateDir = mkdtempSync(join(tmpdir(), 'countinghouse-outbox-'));
    const outbox = await startOutbox({ stateDir });
    const resend = new Resend('re_local', { baseUrl: outbox.url });
    const mail = {
      from: 'Countinghouse <no-reply@example.com>',
      to: 'owner@example.com',
      subject: 'Welcome',
      html: '<p>Hi</p>',
      text: 'Hi',
    };
    const first = await resend.emails.send(mail, { idempotencyKey: 'invite-1' });
    const again = await resend.emails.send(mail, { idempotencyKey: 'invite-1' });
    expect(again.data?.id).toBe(first.data?.id);
    await outbox.close();

    const reopened = await startOutbox({ stateDir });
    expect(reopened.mails()).toMatchObject([
      { to: ['owner@example.com'], subject: 'Welcome', text: 'Hi', idempotencyKey: 'invite-1' },
    ]);
    await reopened.close();
    rmSync(stateDir, { recursive: true });
  });
});
