import { generate } from 'otplib';

import { checkCode } from '../../../lambdas/domain/mfa/check-code';
import { newTotpSecret } from '../../../lambdas/domain/mfa/totp';
import { factorsContext } from '../../../lambdas/domain/mfa/second-factors';
import { systemRandomness } from '../../../lambdas/kernel/ids';
import { newMemorySealer } from '../../support/memory-keys';
import { newMemoryTotpCounters } from '../../support/memory-totp-counters';

async function aFactor() {
  let nowMs = Date.parse('2026-11-22T12:00:00.000Z');
  const sealer = newMemorySealer();
  const secret = newTotpSecret(systemRandomness);
  const sealed = await sealer.seal(secret, factorsContext('user-1'));
  const ports = { counters: newMemoryTotpCounters(), sealer, clock: { now: () => new Date(nowMs) } };
  const codeAt = (offsetSeconds = 0) => generate({ secret, epoch: Math.floor(nowMs / 1000) + offsetSeconds });
  const wrong = async () => {
    const right = [await codeAt(), await codeAt(-30), await codeAt(30)];
    return ['000000', '111111', '222222', '333333'].find((code) => !right.includes(code)) ?? '';
  };
  return {
    codeAt,
    wrong,
    check: (code: string, user = 'user-1') => checkCode(ports, user, sealed, code),
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

const refused = { ok: false, error: { reason: 'code-refused' } };
const accepted = { ok: true, value: undefined };

describe('a code', () => {
  test('counts once: the same code again is refused', async () => {
    const { check, codeAt } = await aFactor();
    const code = await codeAt();
    expect(await check(code)).toEqual(accepted);
    expect(await check(code)).toEqual(refused);
  });

  test('of the step before is refused once the current one was used', async () => {
    const { check, codeAt } = await aFactor();
    expect(await check(await codeAt())).toEqual(accepted);
    expect(await check(await codeAt(-30))).toEqual(refused);
  });

  test('of the step before is taken, then the current one', async () => {
    const { check, codeAt } = await aFactor();
    expect(await check(await codeAt(-30))).toEqual(accepted);
    expect(await check(await codeAt())).toEqual(accepted);
  });

  test('of a clock that runs ahead is refused', async () => {
    const { check, codeAt } = await aFactor();
    expect(await check(await codeAt(30))).toEqual(refused);
  });

  test('used by many at once counts for one of them', async () => {
    const { check, codeAt } = await aFactor();
    const code = await codeAt();
    const results = await Promise.all(Array.from({ length: 10 }, () => check(code)));
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
  });

  test('does not open the secret of another user', async () => {
    const { check, codeAt } = await aFactor();
    await expect(check(await codeAt(), 'user-2')).rejects.toThrow('the context differs');
  });
});

describe('wrong codes', () => {
  test('lock after ten for half an hour, and then a right code is refused as well', async () => {
    const { check, codeAt, wrong, pass } = await aFactor();
    for (let count = 0; count < 10; count += 1) expect(await check(await wrong())).toEqual(refused);
    pass(60_000);
    expect(await check(await codeAt())).toEqual({
      ok: false,
      error: { reason: 'locked', retryAfterMs: 29 * 60_000 },
    });
    pass(29 * 60_000);
    expect(await check(await codeAt())).toEqual(accepted);
  });

  test('are all counted when they come at once', async () => {
    const { check, wrong } = await aFactor();
    const code = await wrong();
    const results = await Promise.all(Array.from({ length: 50 }, () => check(code)));
    const reasons = results.map((result) => (result.ok ? 'ok' : result.error.reason));
    expect(reasons.filter((reason) => reason === 'code-refused')).toHaveLength(10);
    expect(reasons.filter((reason) => reason === 'locked')).toHaveLength(40);
  });

  test('are forgotten after a right one', async () => {
    const { check, codeAt, wrong, pass } = await aFactor();
    for (let count = 0; count < 9; count += 1) await check(await wrong());
    expect(await check(await codeAt())).toEqual(accepted);
    pass(30_000);
    for (let count = 0; count < 9; count += 1) expect(await check(await wrong())).toEqual(refused);
    expect(await check(await codeAt())).toEqual(accepted);
  });

  test('disable the factor after a hundred in a row, for good', async () => {
    const { check, codeAt, wrong, pass } = await aFactor();
    for (let round = 0; round < 10; round += 1) {
      for (let count = 0; count < 10; count += 1) await check(await wrong());
      pass(30 * 60_000);
    }
    pass(24 * 60 * 60_000);
    expect(await check(await codeAt())).toEqual({ ok: false, error: { reason: 'disabled' } });
  });
});
