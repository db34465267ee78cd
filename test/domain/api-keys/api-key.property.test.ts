import fc from 'fast-check';

import { admitKey, changeKey, issueKey, readKeyToken, revokeKey, rotateKey } from '../../../lambdas/domain/api-keys';
import type { ApiKey } from '../../../lambdas/domain/api-keys';
import { keyScopes, permissions } from '../../../lambdas/domain/identity';
import { after, aSecret, keyAfter, keyId, limits, presented, recordOf, start, tenant } from './a-key';
import type { Happened } from './a-key';

const scopes = fc.uniqueArray(fc.constantFrom(...keyScopes), { minLength: 1 });
const owner = { userId: 'owner', role: 'owner', permissions } as const;
const expiresAt = after(30 * 86_400).toISOString();
const wish = { name: 'Server', scopes: ['payments:read'], ipAllowlist: [], expiresAt } as const;

const opens = (key: ApiKey, secret: { readonly token: string }, now: Date, ip?: string): boolean =>
  admitKey(recordOf(key), presented(secret.token), { now, ip }, () => limits).ok;

describe('the scopes of a key', () => {
  it('never exceed what its issuer holds, and are what was asked for otherwise', () => {
    fc.assert(
      fc.property(scopes, fc.subarray([...permissions]), (asked, held) => {
        const { hash, presented: key } = aSecret();
        const issued = issueKey({ ...owner, permissions: held }, { ...wish, scopes: asked }, limits, hash, start);
        const beyond = asked.filter((scope) => !held.includes(scope));
        if (beyond.length > 0) {
          expect(issued).toEqual({ ok: false, error: { reason: 'beyond-own', scopes: beyond } });
          return;
        }
        if (!issued.ok) throw new Error('refused');
        const admitted = admitKey(
          recordOf(keyAfter([start, issued.value])),
          key,
          { now: start, ip: undefined },
          () => limits,
        );
        if (!admitted.ok) throw new Error(admitted.error);
        expect([...admitted.value.permissions].sort()).toEqual([...asked].sort());
      }),
    );
  });

  it('cannot be had by rotating or changing a key of somebody who holds more', () => {
    fc.assert(
      fc.property(scopes, fc.subarray([...permissions]), (of, held) => {
        const issued = issueKey(owner, { ...wish, scopes: of }, limits, aSecret().hash, start);
        if (!issued.ok) throw new Error('refused');
        const key = keyAfter([start, issued.value]);
        const by = { ...owner, permissions: held };
        const mayIssue = of.every((scope) => held.includes(scope));
        expect(rotateKey(key, by, { hash: aSecret().hash, overlapSeconds: 0, now: start }, limits).ok).toBe(mayIssue);
        expect(changeKey(key, by, { ipAllowlist: ['10.0.0.0/8'] }, limits, start).ok).toBe(mayIssue);
        expect(revokeKey(key, 'leaked').ok).toBe(true);
      }),
    );
  });
});

describe('the secrets of a key', () => {
  const step = fc.record({ waitSeconds: fc.nat(10_000), overlapSeconds: fc.oneof(fc.constant(0), fc.nat(604_800)) });

  it('open until the end of the overlap that the rotations after them leave, and not a millisecond longer', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), fc.nat(700_000), (steps, probeSeconds) => {
        let secret = aSecret();
        const issued = issueKey(owner, wish, limits, secret.hash, start);
        if (!issued.ok) throw new Error('refused');
        const happened: Happened[] = [[start, issued.value]];
        /** What the rule says, worked out beside the code: when each earlier secret stops. */
        let earlier: { secret: ReturnType<typeof aSecret>; untilMs: number }[] = [];
        let now = start;
        for (const { waitSeconds, overlapSeconds } of steps) {
          now = new Date(now.getTime() + waitSeconds * 1000);
          const next = aSecret();
          const rotated = rotateKey(keyAfter(...happened), owner, { hash: next.hash, overlapSeconds, now }, limits);
          if (!rotated.ok) {
            expect(rotated.error).toEqual({ reason: 'too-many-secrets' });
            continue;
          }
          happened.push([now, rotated.value]);
          const latestMs = now.getTime() + overlapSeconds * 1000;
          earlier = [...earlier, { secret, untilMs: Infinity }].map((each) => ({
            ...each,
            untilMs: Math.min(each.untilMs, latestMs),
          }));
          secret = next;
        }
        const key = keyAfter(...happened);
        expect(key.secrets.length).toBeLessThanOrEqual(6);
        const probes = [now.getTime() + probeSeconds * 1000, ...earlier.flatMap((e) => [e.untilMs - 1, e.untilMs])];
        for (const ms of probes.filter((each) => each >= now.getTime())) {
          const at = new Date(ms);
          expect(opens(key, secret, at)).toBe(true);
          for (const { secret: old, untilMs } of earlier) {
            expect({ at: ms, untilMs, opens: opens(key, old, at) }).toEqual({ at: ms, untilMs, opens: ms < untilMs });
          }
        }
      }),
    );
  });

  it('open nothing once the key is revoked, whatever was done before', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(604_800), { maxLength: 4 }), fc.nat(1_000_000), (overlaps, laterSeconds) => {
        const secrets = [aSecret()];
        const issued = issueKey(owner, wish, limits, secrets[0]!.hash, start);
        if (!issued.ok) throw new Error('refused');
        const happened: Happened[] = [[start, issued.value]];
        for (const overlapSeconds of overlaps) {
          const next = aSecret();
          const rotated = rotateKey(
            keyAfter(...happened),
            owner,
            { hash: next.hash, overlapSeconds, now: start },
            limits,
          );
          if (!rotated.ok) throw new Error(rotated.error.reason);
          happened.push([start, rotated.value]);
          secrets.push(next);
        }
        const revoked = revokeKey(keyAfter(...happened), 'leaked');
        if (!revoked.ok) throw new Error('refused');
        const key = keyAfter(...happened, [start, revoked.value]);
        for (const secret of secrets) expect(opens(key, secret, after(laterSeconds))).toBe(false);
      }),
    );
  });
});

describe('a token', () => {
  it('opens nothing with any one character changed, left out or added', () => {
    const secret = aSecret();
    const issued = issueKey(owner, wish, limits, secret.hash, start);
    if (!issued.ok) throw new Error('refused');
    const record = recordOf(keyAfter([start, issued.value]));
    const stillOpens = (text: string): boolean => {
      const read = readKeyToken(text);
      // Admission looks the key up by its id, in the tenant of the path: another one of either finds another record or none.
      if (read === undefined || read.tenant !== tenant || read.keyId !== keyId) return false;
      return admitKey(record, read, { now: start, ip: undefined }, () => limits).ok;
    };
    expect(stillOpens(secret.token)).toBe(true);
    const characters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-=+/ \u212a\u0000';
    for (let index = 0; index <= secret.token.length; index += 1) {
      const [before, rest] = [secret.token.slice(0, index), secret.token.slice(index)];
      if (rest !== '') expect(stillOpens(before + rest.slice(1))).toBe(false);
      for (const character of characters) {
        expect(stillOpens(before + character + rest)).toBe(false);
        if (rest !== '' && character !== rest[0]) expect(stillOpens(before + character + rest.slice(1))).toBe(false);
      }
    }
  });

  it('says which tenant and key it is of', () => {
    const { token } = aSecret();
    expect(token).toMatch(/^chk_[0-9a-z]{20}_[0-9a-z]{20}_[\w-]{43}$/);
    expect(readKeyToken(token)).toMatchObject({ tenant, keyId });
  });
});
