import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** X.509 certificates for tests, in the few bytes of DER that they need [RFC 5280, X.690]: Node reads certificates and makes none. */

export interface CertificateRequest {
  readonly name: string;
  readonly isCa?: boolean;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Host names beside the name of the subject. */
  readonly hosts?: readonly string[];
  readonly bits?: number;
  /** Drawn anew where none are given. */
  readonly keys?: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
}

export interface IssuedCertificate {
  readonly name: string;
  readonly pem: string;
  readonly privateKey: KeyObject;
}

/** Issues a certificate; without an issuer it is its own. */
export function issueCertificate(request: CertificateRequest, issuer?: IssuedCertificate): IssuedCertificate {
  const { name, bits = 2048 } = request;
  const { publicKey, privateKey } = request.keys ?? generateKeyPairSync('rsa', { modulusLength: bits });
  const toSign = tbsCertificate(request, publicKey, issuer?.name ?? name);
  const signature = sign('RSA-SHA256', toSign, issuer?.privateKey ?? privateKey);
  const certificate = sequence(toSign, sha256WithRsa, tlv(0x03, Buffer.from([0]), signature));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return { name, privateKey, pem: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n` };
}

let serial = 1;

function tbsCertificate(request: CertificateRequest, publicKey: KeyObject, issuerName: string): Buffer {
  const { name, isCa = false, hosts = [] } = request;
  const { notBefore = new Date('2020-01-01T00:00:00Z'), notAfter = new Date('2049-12-31T00:00:00Z') } = request;
  serial += 1;
  const extensions = [
    extension(oid(2, 5, 29, 19), sequence(...(isCa ? [tlv(0x01, Buffer.from([0xff]))] : []))),
    ...(hosts.length === 0
      ? []
      : [extension(oid(2, 5, 29, 17), sequence(...hosts.map((host) => tlv(0x82, Buffer.from(host)))))]),
  ];
  return sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.from([1, serial >> 8, serial & 255])),
    sha256WithRsa,
    distinguishedName(issuerName),
    sequence(time(notBefore), time(notAfter)),
    distinguishedName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(...extensions)),
  );
}

function extension(id: Buffer, value: Buffer): Buffer {
  return sequence(id, tlv(0x01, Buffer.from([0xff])), tlv(0x04, value));
}

function distinguishedName(commonName: string): Buffer {
  return sequence(tlv(0x31, sequence(oid(2, 5, 4, 3), tlv(0x0c, Buffer.from(commonName)))));
}

/** Two digits of the year until 2049, and four afterwards [RFC 5280, 4.1.2.5]. */
function time(date: Date): Buffer {
  const digits = date.toISOString().replace(/[-:T]|\.\d+/g, '');
  return date.getUTCFullYear() < 2050 ? tlv(0x17, Buffer.from(digits.slice(2))) : tlv(0x18, Buffer.from(digits));
}

function oid(first: number, second: number, ...rest: readonly number[]): Buffer {
  const bytes = rest.flatMap((arc) => {
    const base128 = [arc & 127];
    for (let left = arc >> 7; left > 0; left >>= 7) base128.unshift((left & 127) | 128);
    return base128;
  });
  return tlv(0x06, Buffer.from([first * 40 + second, ...bytes]));
}

const sha256WithRsa = sequence(oid(1, 2, 840, 113549, 1, 1, 11), tlv(0x05));

function sequence(...contents: readonly Buffer[]): Buffer {
  return tlv(0x30, ...contents);
}

function tlv(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const head =
    length < 128 ? [tag, length] : length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from(head), content]);
}
