import fc from 'fast-check';

import type { TotpFactor } from '../../../lambdas/domain/mfa';
import { mfaViews, totpEntity, totpStatus, totpStream } from '../../../lambdas/domain/mfa';
import { beginEnrolment, confirmable } from '../../../lambdas/domain/mfa/totp-factor';

const start = new Date('2026-11-22T12:00:00.000Z');
const after = (ms: number) => new Date(start.getTime() + ms);
const quarter = 15 * 60_000;
const facts = { version: 1, at: start.toISOString(), commandKey: undefined, stream: totpStream('user-1') };

function aPending(sealed = 'sealed-1'): TotpFactor {
  const begun = beginEnrolment(undefined, sealed, start);
  if (!begun.ok) throw new Error('an enrolment begins');
  return begun.value.reduce<TotpFactor | undefined>(
    (state, event) => totpEntity.evolve(state, event, facts),
    undefined,
  )!;
}

const anActive = (): TotpFactor => ({ ...aPending(), status: 'active' });

describe('an enrolment', () => {
  test('is confirmed within a quarter of an hour', () => {
    expect(confirmable(aPending(), after(quarter - 1)).ok).toBe(true);
    expect(confirmable(aPending(), after(quarter))).toEqual({ ok: false, error: { reason: 'enrolment-expired' } });
    expect(confirmable(undefined, start)).toEqual({ ok: false, error: { reason: 'not-enrolled' } });
  });

  test('may begin anew while it is pending, with another secret', () => {
    const again = beginEnrolment(aPending(), 'sealed-2', after(1));
    expect(again).toMatchObject({ ok: true, value: [{ data: { sealed: 'sealed-2' } }] });
  });

  test('is refused while a factor is active', () => {
    expect(beginEnrolment(anActive(), 'sealed-2', start)).toEqual({ ok: false, error: { reason: 'already-active' } });
    expect(confirmable(anActive(), start)).toEqual({ ok: false, error: { reason: 'already-active' } });
  });

  test('counts as none once it has expired', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 * quarter }), (ms) => {
        expect(totpStatus(aPending(), after(ms))).toBe(ms < quarter ? 'pending' : 'none');
        expect(totpStatus(anActive(), after(ms))).toBe('active');
        expect(totpStatus(undefined, after(ms))).toBe('none');
      }),
    );
  });
});

describe('the journal of a factor', () => {
  test('holds no event of another kind, and no order that cannot be', () => {
    expect(() => totpEntity.parseEvent({ type: 'MemberJoined', data: {} })).toThrow();
    expect(() => totpEntity.evolve(undefined, { type: 'TotpConfirmed', data: {} }, facts)).toThrow('pending');
  });

  test('shows in audit and views that there is a factor, never its secret', () => {
    const state = anActive();
    const seen = JSON.stringify([totpEntity.audited(state), mfaViews(state, { stream: facts.stream, version: 2 })]);
    expect(seen).toContain('active');
    expect(seen).not.toContain('sealed-1');
  });
});
