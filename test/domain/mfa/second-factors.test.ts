import fc from 'fast-check';

import type { SecondFactors } from '../../../lambdas/domain/mfa';
import { factorsEntity, factorsStream, mfaViews, totpStatus, viewHasFactor } from '../../../lambdas/domain/mfa';
import { confirmable } from '../../../lambdas/domain/mfa/enrol-totp';
import { hasFactor } from '../../../lambdas/domain/mfa/second-factors';
import type { FactorsEvent } from '../../../lambdas/domain/mfa/second-factors';

const start = new Date('2026-11-22T12:00:00.000Z');
const after = (ms: number) => new Date(start.getTime() + ms);
const quarter = 15 * 60_000;
const facts = { version: 1, at: start.toISOString(), commandKey: undefined, stream: factorsStream('user-1') };

const begun = (sealed = 'sealed-1'): FactorsEvent => ({
  type: 'TotpEnrolmentBegun',
  data: { sealed, expiresAt: after(quarter).toISOString() },
});
const confirmed: FactorsEvent = { type: 'TotpConfirmed', data: {} };
const codesMade: FactorsEvent = { type: 'RecoveryCodesMade', data: { sealed: 'sealed-codes', count: 10 } };
const codeUsed = (index: number): FactorsEvent => ({ type: 'RecoveryCodeUsed', data: { index, left: 9 } });
const passkeyRegistered = (id: string): FactorsEvent => ({
  type: 'PasskeyRegistered',
  data: { id, name: 'Key', credentialId: `of-${id}`, publicKey: 'key', counter: 0, transports: [] },
});
const reset: FactorsEvent = { type: 'SecondFactorsReset', data: { evidence: 'case 4711' } };

function factorsAfter(...events: readonly FactorsEvent[]): SecondFactors | undefined {
  return events.reduce<SecondFactors | undefined>(
    (state, event) => factorsEntity.evolve(state, event, facts),
    undefined,
  );
}

const viewOf = (state: SecondFactors) => {
  const [view] = mfaViews(state, { stream: facts.stream, version: 1 });
  if (view === undefined) throw new Error('there is a view');
  return { version: 1, data: { ...view.data } };
};

describe('an enrolment', () => {
  test('is confirmed within a quarter of an hour', () => {
    const pending = factorsAfter(begun());
    expect(confirmable(pending, after(quarter - 1)).ok).toBe(true);
    expect(confirmable(pending, after(quarter))).toEqual({ ok: false, error: { reason: 'enrolment-expired' } });
    expect(confirmable(undefined, start)).toEqual({ ok: false, error: { reason: 'not-enrolled' } });
    expect(confirmable(factorsAfter(begun(), confirmed), start)).toEqual({
      ok: false,
      error: { reason: 'not-enrolled' },
    });
  });

  test('leaves the active app as it is until it is confirmed, and then takes its place', () => {
    expect(factorsAfter(begun(), confirmed, begun('sealed-2'))?.totp).toEqual({ sealed: 'sealed-1' });
    expect(factorsAfter(begun(), confirmed, begun('sealed-2'), confirmed)).toMatchObject({
      totp: { sealed: 'sealed-2' },
      enrolment: undefined,
    });
  });

  test('counts as none once it has expired', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 * quarter }), (ms) => {
        expect(totpStatus(factorsAfter(begun()), after(ms))).toBe(ms < quarter ? 'pending' : 'none');
        expect(totpStatus(factorsAfter(begun(), confirmed), after(ms))).toBe('active');
        expect(totpStatus(undefined, after(ms))).toBe('none');
      }),
    );
  });
});

describe('the journal of second factors', () => {
  test('holds no event of another kind, and no order that cannot be', () => {
    expect(() => factorsEntity.parseEvent({ type: 'MemberJoined', data: {} })).toThrow();
    expect(() => factorsAfter(confirmed)).toThrow('pending');
    expect(() => factorsAfter(codeUsed(0))).toThrow('once');
    expect(() => factorsAfter(codesMade, codeUsed(3), codeUsed(3))).toThrow('once');
  });

  test('shows in audit and views which factors there are, never a secret', () => {
    const state = factorsAfter(begun(), confirmed, codesMade, codeUsed(3), passkeyRegistered('psk_1'));
    if (state === undefined) throw new Error('there are factors');
    const seen = JSON.stringify([factorsEntity.audited(state), viewOf(state)]);
    expect(seen).not.toContain('sealed');
    expect(factorsEntity.audited(state)).toEqual({ totp: 'active', passkeys: ['psk_1'], recoveryCodesLeft: 9 });
    expect(viewOf(state).data).toEqual({ totp: 'active', passkeys: 1, recoveryCodesLeft: 9 });
  });

  test('after a reset holds nothing but when it was, whatever there was', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.integer({ min: 0, max: 3 }), (withCodes, passkeys) => {
        const before = [begun(), confirmed, begun('sealed-2'), ...(withCodes ? [codesMade] : [])];
        const keys = Array.from({ length: passkeys }, (_, index) => passkeyRegistered(`psk_${String(index)}`));
        const state = factorsAfter(...before, ...keys, reset);
        expect(state).toEqual({
          totp: undefined,
          enrolment: undefined,
          recoveryCodes: undefined,
          passkeys: [],
          resetAt: facts.at,
        });
        expect(hasFactor(state)).toBe(false);
      }),
    );
  });

  test('and its view agree on whether somebody has a factor', () => {
    const step = fc.oneof(
      fc.constant(begun()),
      fc.constant(codesMade),
      fc.constant(reset),
      fc.nat(3).map((n) => passkeyRegistered(`psk_${String(n)}`)),
      fc.nat(3).map((n): FactorsEvent => ({ type: 'PasskeyRemoved', data: { id: `psk_${String(n)}` } })),
      fc.constant<FactorsEvent>({ type: 'TotpRemoved', data: {} }),
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), fc.boolean(), (steps, confirms) => {
        const state = factorsAfter(...steps, ...(confirms ? [begun('last'), confirmed] : []));
        if (state === undefined) throw new Error('there was an event');
        expect(viewHasFactor(viewOf(state))).toBe(hasFactor(state));
        if (confirms) expect(hasFactor(state)).toBe(true);
      }),
    );
    expect(viewHasFactor(undefined)).toBe(false);
    expect(() => viewHasFactor({ version: 1, data: {} })).toThrow();
    // As it was written before there were passkeys.
    expect(viewHasFactor({ version: 1, data: { totp: 'active' } })).toBe(true);
  });
});
