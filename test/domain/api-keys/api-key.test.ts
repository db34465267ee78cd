import {
  admitKey,
  changeKey,
  issueKey,
  keyStatus,
  parseListedKey,
  revokeKey,
  rotateKey,
} from '../../../lambdas/domain/api-keys';
import { permissions } from '../../../lambdas/domain/identity';
import { after, aSecret, keyAfter, keyId, limits, recordOf, start } from './a-key';
import type { Happened } from './a-key';

const owner = { userId: 'owner', role: 'owner', permissions } as const;
const dayS = 86_400;

function aWish(more: object = {}) {
  return {
    name: 'Server',
    scopes: ['payments:create', 'payments:read'],
    ipAllowlist: [],
    expiresAt: after(30 * dayS).toISOString(),
    ...more,
  } as Parameters<typeof issueKey>[1];
}

function anIssuedKey(more: object = {}) {
  const secret = aSecret();
  const issued = issueKey(owner, aWish(more), limits, secret.hash, start);
  if (!issued.ok) throw new Error(issued.error.reason);
  const admit = (now = start, ip?: string) =>
    admitKey(recordOf(keyAfter([start, issued.value])), secret.presented, { now, ip }, () => limits);
  return { secret, events: issued.value, key: keyAfter([start, issued.value]), admit };
}

describe('issuing a key', () => {
  it('records who issued it, and no secret', () => {
    const { key, secret } = anIssuedKey();
    expect(key).toMatchObject({ id: keyId, issuedBy: 'owner', status: 'active', createdAt: start.toISOString() });
    expect(key.scopes).toEqual(['payments:read', 'payments:create']);
    expect(JSON.stringify(key)).not.toContain(secret.token.slice(-43));
    expect(JSON.stringify(parseListedKey(recordOf(key).data))).not.toContain(secret.hash);
  });

  it.each([
    ['a time that is over', { expiresAt: start.toISOString() }, { reason: 'expiry-past' }],
    ['no time at all', { expiresAt: 'soon' }, { reason: 'expiry-past' }],
    [
      'a longer life than the policy allows',
      { expiresAt: after(365 * dayS + 1).toISOString() },
      { reason: 'expiry-too-late', maxLifetimeDays: 365 },
    ],
  ])('refuses %s', (_, more, error) => {
    expect(issueKey(owner, aWish(more), limits, 'hash', start)).toEqual({ ok: false, error });
  });

  it('takes the longest life that the policy allows', () => {
    expect(anIssuedKey({ expiresAt: after(365 * dayS).toISOString() }).admit().ok).toBe(true);
  });

  it('demands an allowlist where the policy does, also of a change', () => {
    const strict = { ...limits, requireIpAllowlist: true };
    const refused = { ok: false, error: { reason: 'allowlist-required' } };
    expect(issueKey(owner, aWish(), strict, 'hash', start)).toEqual(refused);
    expect(issueKey(owner, aWish({ ipAllowlist: ['192.0.2.0/24'] }), strict, 'hash', start).ok).toBe(true);
    const { key } = anIssuedKey({ ipAllowlist: ['192.0.2.0/24'] });
    expect(changeKey(key, owner, { ipAllowlist: [] }, strict, start)).toEqual(refused);
    expect(changeKey(key, owner, { name: 'Other' }, strict, start).ok).toBe(true);
  });

  it('of a tenant that has become stricter since leaves a key that cannot be rotated', () => {
    const rotated = (more: object, strict: object) =>
      rotateKey(
        anIssuedKey(more).key,
        owner,
        { hash: 'hash', overlapSeconds: 0, now: after(dayS) },
        { ...limits, ...strict },
      );
    const expiresAt = after(30 * dayS).toISOString();
    expect(rotated({ expiresAt }, { maxLifetimeDays: 30 }).ok).toBe(true);
    expect(rotated({ expiresAt }, { maxLifetimeDays: 29 })).toEqual({
      ok: false,
      error: { reason: 'lives-too-long', maxLifetimeDays: 29 },
    });
    expect(rotated({}, { requireIpAllowlist: true })).toEqual({ ok: false, error: { reason: 'allowlist-required' } });
    expect(rotated({ ipAllowlist: ['192.0.2.0/24'] }, { requireIpAllowlist: true }).ok).toBe(true);
  });

  it('is refused to a guest, who may revoke', () => {
    const guest = { userId: 'super', role: 'super-admin', permissions } as const;
    const refused = { ok: false, error: { reason: 'guest' } };
    const { key } = anIssuedKey();
    expect(issueKey(guest, aWish(), limits, 'hash', start)).toEqual(refused);
    expect(rotateKey(key, guest, { hash: 'hash', overlapSeconds: 0, now: start }, limits)).toEqual(refused);
    expect(changeKey(key, guest, { name: 'Other' }, limits, start)).toEqual(refused);
    expect(revokeKey(key, 'leaked').ok).toBe(true);
  });
});

describe('admitting a key', () => {
  it('ends with its expiry, to the millisecond', () => {
    const { key, admit } = anIssuedKey();
    const end = Date.parse(key.expiresAt);
    expect(admit(new Date(end - 1)).ok).toBe(true);
    expect(admit(new Date(end))).toEqual({ ok: false, error: 'key-expired' });
    expect([keyStatus(key, new Date(end - 1)), keyStatus(key, new Date(end))]).toEqual(['active', 'expired']);
  });

  it.each([
    ['192.0.2.9', true],
    ['::ffff:192.0.2.9', true],
    ['2001:db8::7', true],
    ['192.0.3.1', false],
    ['2001:db9::7', false],
    ['no address', false],
    [undefined, false],
  ])('from %s is allowed by the allowlist: %s', (ip, isAllowed) => {
    const { admit } = anIssuedKey({ ipAllowlist: ['192.0.2.0/24', '2001:db8::/32'] });
    expect(admit(start, ip)).toEqual(
      isAllowed ? expect.objectContaining({ ok: true }) : { ok: false, error: 'address-not-allowed' },
    );
  });

  it('lets nobody from IPv4 in by a block of IPv6 that holds mapped addresses', () => {
    const { admit } = anIssuedKey({ ipAllowlist: ['::ffff:0:0/96', '::/20', '2001:db8::/32'] });
    for (const ip of ['192.0.2.9', '::ffff:192.0.2.9', '::ffff:c000:209']) {
      expect(admit(start, ip)).toEqual({ ok: false, error: 'address-not-allowed' });
    }
    expect(admit(start, '2001:db8::7').ok).toBe(true);
  });

  it('asks the policy whether it may be used from anywhere, and only once the secret is right', () => {
    const strict = () => ({ requireIpAllowlist: true });
    const unasked = () => {
      throw new Error('asked');
    };
    const origin = { now: start, ip: '192.0.2.9' };
    const [open, listed] = [anIssuedKey(), anIssuedKey({ ipAllowlist: ['192.0.2.0/24'] })];
    const refused = { ok: false, error: 'allowlist-required' };
    expect(admitKey(recordOf(open.key), open.secret.presented, origin, strict)).toEqual(refused);
    expect(admitKey(recordOf(listed.key), listed.secret.presented, origin, strict).ok).toBe(true);
    expect(admitKey(recordOf(open.key), aSecret().presented, origin, unasked)).toEqual({
      ok: false,
      error: 'secret-wrong',
    });
  });

  it('throws on a record that cannot be read, rather than let it open', () => {
    const { key, secret } = anIssuedKey();
    const { data } = recordOf(key);
    const origin = { now: start, ip: undefined };
    for (const broken of [{ expiresAt: 'never' }, { status: 'fine' }, { secrets: [{ hash: 'x', until: 'later' }] }]) {
      expect(() =>
        admitKey({ version: 1, data: { ...data, ...broken } }, secret.presented, origin, () => limits),
      ).toThrow();
    }
    const other = { ...secret.presented, keyId: keyId.replace(/.$/, '0') };
    expect(() => admitKey({ version: 1, data }, other, origin, () => limits)).toThrow('another key');
  });
});

describe('changing a key', () => {
  it('that is expired or revoked is refused; to revoke it again changes nothing', () => {
    const { key, events } = anIssuedKey();
    const late = new Date(key.expiresAt);
    const rotation = { hash: 'hash', overlapSeconds: 60 };
    expect(rotateKey(key, owner, { ...rotation, now: late }, limits)).toEqual({
      ok: false,
      error: { reason: 'key-not-active', status: 'expired' },
    });
    const revoked = revokeKey(key, 'leaked');
    if (!revoked.ok) throw new Error('refused');
    const gone = keyAfter([start, events], [after(1), revoked.value]);
    expect(gone).toMatchObject({ status: 'revoked', revokedAt: after(1).toISOString(), secrets: [] });
    expect(changeKey(gone, owner, { name: 'Other' }, limits, start)).toMatchObject({ error: { status: 'revoked' } });
    expect(rotateKey(gone, owner, { ...rotation, now: start }, limits)).toMatchObject({ error: { status: 'revoked' } });
    expect(revokeKey(gone, 'other')).toEqual({ ok: true, value: [] });
    expect(revokeKey(undefined, 'other')).toEqual({ ok: false, error: { reason: 'key-absent' } });
  });

  it('decides nothing when all is as wished', () => {
    const { key } = anIssuedKey({ ipAllowlist: ['192.0.2.0/24'] });
    expect(changeKey(key, owner, { name: key.name, ipAllowlist: ['192.0.2.0/24'] }, limits, start)).toEqual({
      ok: true,
      value: [],
    });
  });

  it('by rotations whose answers were lost stops at five old secrets, unless they are closed', () => {
    let { key } = anIssuedKey();
    let happened: Happened[] = [[start, anIssuedKey().events]];
    const rotate = (overlapSeconds: number) =>
      rotateKey(key, owner, { hash: aSecret().hash, overlapSeconds, now: start }, limits);
    for (let round = 0; round < 4; round += 1) {
      const rotated = rotate(60);
      if (!rotated.ok) throw new Error(rotated.error.reason);
      happened = [...happened, [start, rotated.value]];
      key = keyAfter(...happened);
    }
    expect(rotate(60)).toEqual({ ok: false, error: { reason: 'too-many-secrets' } });
    const closing = rotate(0);
    if (!closing.ok) throw new Error(closing.error.reason);
    expect(keyAfter(...happened, [start, closing.value]).secrets).toHaveLength(1);
  });
});
