import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { MailNotSent, newResendMailer } from '../../lambdas/adapters/resend/resend-mailer';
import { startOutbox, type Outbox } from '../../local/services/outbox';

describe('mail by Resend', () => {
  let outbox: Outbox;
  let stateDir: string;
  beforeAll(async () => {
    stateDir = mkdtempSync(join(tmpdir(), 'countinghouse-mail-'));
    outbox = await startOutbox({ stateDir });
    process.env.RESEND_BASE_URL = outbox.url;
  });
  afterAll(async () => {
    delete process.env.RESEND_BASE_URL;
    await outbox.close();
    rmSync(stateDir, { recursive: true });
  });
  const mail = { to: 'ada@example.com', subject: 'Hello', html: '<p>Hi</p>', text: 'Hi', idempotencyKey: 'key-1' };

  it('arrives once for one idempotency key', async () => {
    const mailer = newResendMailer({ apiKey: async () => 're_key', from: 'Countinghouse <mail@example.com>' });
    await mailer.send(mail);
    await mailer.send(mail);
    await mailer.send({ ...mail, idempotencyKey: 'key-2' });
    expect(outbox.mails()).toMatchObject([
      {
        from: 'Countinghouse <mail@example.com>',
        to: ['ada@example.com'],
        subject: 'Hello',
        html: '<p>Hi</p>',
        text: 'Hi',
      },
      { idempotencyKey: 'key-2' },
    ]);
  });

  it('throws without the address when it was refused', async () => {
    const mailer = newResendMailer({ apiKey: async () => 're_key', from: 'x' });
    const sending = mailer.send({ ...mail, subject: undefined as unknown as string, idempotencyKey: 'key-3' });
    await expect(sending).rejects.toBeInstanceOf(MailNotSent);
    await expect(sending).rejects.not.toThrow('ada');
  });

  it('throws when the service cannot be reached', async () => {
    process.env.RESEND_BASE_URL = 'http://127.0.0.1:1';
    const mailer = newResendMailer({ apiKey: async () => 're_other', from: 'x' });
    await expect(mailer.send({ ...mail, idempotencyKey: 'key-4' })).rejects.toBeInstanceOf(MailNotSent);
    process.env.RESEND_BASE_URL = outbox.url;
  });
});
