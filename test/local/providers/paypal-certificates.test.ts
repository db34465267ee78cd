import { X509Certificate } from 'node:crypto';

import { issueCertificate } from '../../../local/providers/paypal/test-certificates';

describe('the certificates of the fake PayPal', () => {
  const root = issueCertificate({ name: 'A Root', isCa: true });
  const leaf = issueCertificate(
    {
      name: 'signer.example',
      hosts: ['one.example', 'two.example'],
      notBefore: new Date('2026-01-02T03:04:05Z'),
      notAfter: new Date('2051-06-07T08:09:10Z'),
    },
    root,
  );
  const [issued, issuer] = [new X509Certificate(leaf.pem), new X509Certificate(root.pem)];

  test('say to whom they are issued, by whom and for how long', () => {
    expect(issued.subject).toBe('CN=signer.example');
    expect(issued.issuer).toBe('CN=A Root');
    expect(issued.subjectAltName).toBe('DNS:one.example, DNS:two.example');
    // Beyond 2049 a year is written with four digits.
    expect(new Date(issued.validFrom).toISOString()).toBe('2026-01-02T03:04:05.000Z');
    expect(new Date(issued.validTo).toISOString()).toBe('2051-06-07T08:09:10.000Z');
    expect([issued.ca, issuer.ca]).toEqual([false, true]);
    expect(issued.serialNumber).not.toBe(issuer.serialNumber);
  });

  test('are signed by their issuer, and by nobody else', () => {
    const other = new X509Certificate(issueCertificate({ name: 'A Root', isCa: true }).pem);
    expect(issued.checkIssued(issuer) && issued.verify(issuer.publicKey)).toBe(true);
    expect(issued.verify(other.publicKey)).toBe(false);
    expect(issued.checkPrivateKey(leaf.privateKey)).toBe(true);
  });
});
