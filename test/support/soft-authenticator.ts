import { createHash, createSign, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** What a test may do wrong. */
export interface Ceremony {
  readonly challenge: string;
  readonly origin?: string;
  readonly site?: string;
  readonly userVerified?: boolean;
  readonly type?: string;
  readonly counter?: number;
}

export type Algorithm = 'ES256' | 'RS256' | 'EdDSA';

/**
 * An authenticator and its browser in software: makes one credential and signs assertions with it, as Web Authentication level 2
 * lays it down. It counts its signatures unless it is told not to.
 */
export class SoftAuthenticator {
  readonly credentialId = randomBytes(32).toString('base64url');
  private readonly privateKey: KeyObject;
  private readonly publicKey: KeyObject;
  private counter = 0;

  constructor(
    private readonly algorithm: Algorithm = 'ES256',
    private readonly counts = true,
  ) {
    const pair = newKeyPair(algorithm);
    this.privateKey = pair.privateKey;
    this.publicKey = pair.publicKey;
  }

  /** As `PublicKeyCredential.toJSON()` after `navigator.credentials.create()`. */
  register(ceremony: Ceremony, format: 'none' | 'packed' | 'fido-u2f' = 'none', certificates?: readonly Buffer[]) {
    const authData = Buffer.concat([
      this.authenticatorData(ceremony, attestedFlag),
      // No AAGUID, the length of the id, the id, the key.
      Buffer.alloc(16),
      uint16(Buffer.from(this.credentialId, 'base64url').length),
      Buffer.from(this.credentialId, 'base64url'),
      cbor(coseKey(this.algorithm, this.publicKey)),
    ]);
    const data = clientData('webauthn.create', ceremony);
    const statement = new Map<string, Cbor>();
    if (format !== 'none') {
      statement.set('alg', coseAlgorithms[this.algorithm]);
      statement.set('sig', this.sign(Buffer.concat([authData, createHash('sha256').update(data).digest()])));
    }
    if (certificates !== undefined) statement.set('x5c', certificates);
    const attestationObject = cbor(
      new Map<string, Cbor>([
        ['fmt', format],
        ['attStmt', statement],
        ['authData', authData],
      ]),
    );
    return {
      id: this.credentialId,
      rawId: this.credentialId,
      type: 'public-key' as const,
      authenticatorAttachment: 'platform',
      clientExtensionResults: {},
      response: {
        clientDataJSON: data.toString('base64url'),
        attestationObject: attestationObject.toString('base64url'),
        transports: ['internal', 'hybrid'],
      },
    };
  }

  /** As `PublicKeyCredential.toJSON()` after `navigator.credentials.get()`. */
  assert(ceremony: Ceremony, user?: string) {
    if (this.counts) this.counter = ceremony.counter ?? this.counter + 1;
    const authData = this.authenticatorData(ceremony, 0);
    const data = clientData('webauthn.get', ceremony);
    const signed = Buffer.concat([authData, createHash('sha256').update(data).digest()]);
    return {
      id: this.credentialId,
      rawId: this.credentialId,
      type: 'public-key' as const,
      clientExtensionResults: {},
      response: {
        clientDataJSON: data.toString('base64url'),
        authenticatorData: authData.toString('base64url'),
        signature: this.sign(signed).toString('base64url'),
        ...(user === undefined ? {} : { userHandle: Buffer.from(user).toString('base64url') }),
      },
    };
  }

  private authenticatorData({ site = 'console.example.com', userVerified = true }: Ceremony, flags: number): Buffer {
    const present = 0x01;
    const verified = userVerified ? 0x04 : 0;
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(this.counter);
    return Buffer.concat([
      createHash('sha256').update(site).digest(),
      Buffer.from([present | verified | flags]),
      counter,
    ]);
  }

  private sign(data: Buffer): Buffer {
    if (this.algorithm === 'EdDSA') return sign(null, data, this.privateKey);
    return createSign('sha256').update(data).sign(this.privateKey);
  }
}

const attestedFlag = 0x40;

/** [IANA COSE algorithms] */
const coseAlgorithms = { ES256: -7, RS256: -257, EdDSA: -8 } as const;

function clientData(type: string, ceremony: Ceremony): Buffer {
  const { challenge, origin = 'https://console.example.com' } = ceremony;
  return Buffer.from(JSON.stringify({ type: ceremony.type ?? type, challenge, origin, crossOrigin: false }));
}

function newKeyPair(algorithm: Algorithm): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  switch (algorithm) {
    case 'ES256':
      return generateKeyPairSync('ec', { namedCurve: 'P-256' });
    case 'RS256':
      return generateKeyPairSync('rsa', { modulusLength: 2048 });
    case 'EdDSA':
      return generateKeyPairSync('ed25519');
  }
}

/** A key as COSE writes it [RFC 9053, RFC 8230]. */
function coseKey(algorithm: Algorithm, key: KeyObject): Cbor {
  const { x, y, n, e } = key.export({ format: 'jwk' });
  const bytes = (text = ''): Buffer => Buffer.from(text, 'base64url');
  switch (algorithm) {
    case 'ES256':
      return new Map<number, Cbor>([
        [1, 2],
        [3, coseAlgorithms.ES256],
        [-1, 1],
        [-2, bytes(x)],
        [-3, bytes(y)],
      ]);
    case 'RS256':
      return new Map<number, Cbor>([
        [1, 3],
        [3, coseAlgorithms.RS256],
        [-1, bytes(n)],
        [-2, bytes(e)],
      ]);
    case 'EdDSA':
      return new Map<number, Cbor>([
        [1, 1],
        [3, coseAlgorithms.EdDSA],
        [-1, 6],
        [-2, bytes(x)],
      ]);
  }
}

type Cbor = number | string | Buffer | readonly Cbor[] | ReadonlyMap<string | number, Cbor>;

/** As much of CBOR [RFC 8949] as authenticators write: integers, texts, bytes, lists and maps. */
function cbor(value: Cbor): Buffer {
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<string | number, Cbor>)];
    return Buffer.concat([head(5, entries.length), ...entries.flatMap(([name, member]) => [cbor(name), cbor(member)])]);
  }
  const items = value as readonly Cbor[];
  return Buffer.concat([head(4, items.length), ...items.map(cbor)]);
}

function head(major: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(major << 5) | length]);
  if (length < 256) return Buffer.from([(major << 5) | 24, length]);
  return Buffer.concat([Buffer.from([(major << 5) | 25]), uint16(length)]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
