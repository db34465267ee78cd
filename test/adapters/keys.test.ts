import * as fc from 'fast-check';

import {
  auditCursorKey,
  auditHeadKey,
  auditObservationKey,
  commitKey,
  leaseKey,
  limiterKey,
  listPk,
  listSk,
  mfaCounterKey,
  observationKey,
  parseCommitKey,
  parseObservationKey,
  passkeyChallengeKey,
  passkeyCounterKey,
  recoveryCounterKey,
  stepUpKey,
  stepUpRevocationKey,
  viewKey,
} from '../../lambdas/adapters/dynamodb/keys';
import type { Owner, StreamId } from '../../lambdas/kernel/journal';

const part = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.:@=-]{0,40}$/);
const owner: fc.Arbitrary<Owner> = fc.oneof(fc.constant('platform' as const), fc.record({ tenant: part }));
const stream: fc.Arbitrary<StreamId> = fc.record({ owner, kind: part, id: part });

describe('the keys', () => {
  it('have the documented forms', () => {
    const payment: StreamId = { owner: { tenant: 'ten_1' }, kind: 'payment', id: 'pay_1' };
    const admin: StreamId = { owner: 'platform', kind: 'platform-admin', id: 'user-1' };
    expect(commitKey(payment, 1)).toEqual({ pk: 'T#ten_1#payment#pay_1', sk: 'V#00000001' });
    expect(commitKey(admin, 12_345_678)).toEqual({ pk: 'P#platform-admin#user-1', sk: 'V#12345678' });
    expect(viewKey(payment)).toEqual({ pk: 'T#ten_1#payment#pay_1', sk: 'view' });
    expect(observationKey({ tenant: 'ten_1' }, '2026-11-22', '01JDA')).toEqual({
      pk: 'T#ten_1#observation#2026-11-22',
      sk: 'O#01JDA',
    });
    expect(listPk({ tenant: 'ten_1' }, 'payment')).toBe('T#ten_1#payment');
    expect(listPk('platform', 'member', 'user-1')).toBe('P#member#user-1');
    expect(listSk('2026-11-22T09:00:00.000Z', 'pay_1')).toBe('2026-11-22T09:00:00.000Z#pay_1');
    expect(limiterKey('user-1', 'money').pk).toBe('P#limit#user-1#money');
    expect(stepUpKey('user-1', 'session-1')).toEqual({ pk: 'P#step-up#user-1', sk: 'session-1' });
    expect(stepUpRevocationKey('user-1')).toEqual({ pk: 'P#step-up#user-1', sk: 'revoked#until' });
    expect(passkeyChallengeKey('user-1', 'session-1', 'verify')).toEqual({
      pk: 'P#passkey-challenge#user-1',
      sk: 'verify#session-1',
    });
    expect(passkeyCounterKey('user-1', 'psk_1')).toEqual({ pk: 'P#mfa-counter#user-1', sk: 'passkey#psk_1' });
    expect(mfaCounterKey('user-1')).toEqual({ pk: 'P#mfa-counter#user-1', sk: 'counter' });
    expect(recoveryCounterKey('user-1')).toEqual({ pk: 'P#mfa-counter#user-1', sk: 'recovery-codes' });
    expect(leaseKey({ tenant: 'ten_1' }, 'import').pk).toBe('T#ten_1#lease#import');
    expect(auditHeadKey({ tenant: 'ten_1' }).pk).toBe('T#ten_1#audit-head');
    expect(auditHeadKey('platform').pk).toBe('P#audit-head');
    expect(auditCursorKey(payment).pk).toBe('T#ten_1#audit-cursor#payment#pay_1');
    expect(auditObservationKey('platform', '2026-11-22', '01JDA')).toEqual({
      pk: 'P#audit-cursor#observation#2026-11-22',
      sk: 'O#01JDA',
    });
  });

  it('are read back to what they were made of', () => {
    fc.assert(
      fc.property(stream, fc.integer({ min: 1, max: 99_999_999 }), (id, version) => {
        expect(parseCommitKey(commitKey(id, version))).toEqual({ stream: id, version });
        expect(parseObservationKey(commitKey(id, version))).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(owner, fc.stringMatching(/^[0-9A-Z]{26}$/), (of, commitId) => {
        const key = observationKey(of, '2026-11-22', commitId);
        expect(parseObservationKey(key)).toEqual({ owner: of, day: '2026-11-22', commitId });
        expect(parseCommitKey(key)).toBeUndefined();
      }),
    );
  });

  it('sort by version', () => {
    fc.assert(
      fc.property(stream, fc.integer({ min: 1, max: 99_999_998 }), (id, version) => {
        expect(commitKey(id, version).sk < commitKey(id, version + 1).sk).toBe(true);
      }),
    );
  });

  it('of a tenant begin with that tenant and end there, so that none is a prefix of another', () => {
    fc.assert(
      fc.property(fc.record({ tenant: part }), part, part, (of, kind, id) => {
        const prefix = `T#${of.tenant}#`;
        const pks = [
          viewKey({ owner: of, kind, id }).pk,
          listPk(of, kind, id),
          leaseKey(of, id).pk,
          auditHeadKey(of).pk,
          auditCursorKey({ owner: of, kind, id }).pk,
        ];
        expect(pks.filter((pk) => !pk.startsWith(prefix))).toEqual([]);
      }),
    );
  });

  const smuggled = [
    'a#b',
    '#',
    'a*',
    'a?b',
    '',
    ' a',
    'a b',
    '-a',
    'é',
    'a\n',
    '${aws:PrincipalTag/tenant}',
    'a'.repeat(129),
  ];

  it.each(smuggled)('refuse %j wherever an id stands', (text) => {
    const builders = [
      () => viewKey({ owner: { tenant: text }, kind: 'payment', id: 'a' }),
      () => viewKey({ owner: { tenant: 'a' }, kind: text, id: 'a' }),
      () => viewKey({ owner: 'platform', kind: 'payment', id: text }),
      () => listPk({ tenant: 'a' }, 'payment', text),
      // Above all, no session is called like the mark that revokes them all.
      () => stepUpKey('a', text),
      () => passkeyChallengeKey('a', text, 'verify'),
      () => passkeyCounterKey('a', text),
      () => leaseKey('platform', text),
      () => auditCursorKey({ owner: { tenant: 'a' }, kind: 'a', id: text }),
    ];
    for (const build of builders) expect(build).toThrow('not fit for a key');
  });

  it('of limiter cells hold any caller, one cell a caller', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (one, other) => {
        const [a, b] = [limiterKey(one, 'read').pk, limiterKey(other, 'read').pk];
        expect(a === b).toBe(one === other);
        expect(a.split('#')).toHaveLength(4);
      }),
    );
  });

  it.each([0, -1, 1.5, 100_000_000, Number.NaN])('refuse the version %p', (version) => {
    expect(() => commitKey({ owner: 'platform', kind: 'a', id: 'b' }, version)).toThrow('no version');
  });

  it.each(['X#a#b', 'T#a#b', 'T#a#b#c#d', 'P#a', 'T##b#c', ''])('are not read from %j', (pk) => {
    expect(parseCommitKey({ pk, sk: 'V#00000001' })).toBeUndefined();
    expect(parseObservationKey({ pk, sk: 'O#01JDA' })).toBeUndefined();
  });
});
