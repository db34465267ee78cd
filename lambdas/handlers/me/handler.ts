import { confirmTotp, enrolTotp, totpUri, verifyTotp } from '../../domain/mfa';
import type { CodeRefusal, StepUps, TotpRefusal, VerifyTotpPorts } from '../../domain/mfa';
import type { CommandContext, CommandRefusal } from '../../kernel/command';
import { platform } from '../../kernel/journal';
import type { Observation } from '../../kernel/journal';
import { observationBy } from '../../middleware/observations';
import type { Problem } from '../../middleware/problem';
import { commandProblem, isCommandRefusal } from '../../middleware/refusals';
import { newService } from '../../middleware/service';
import type { Endpoints, Service } from '../../middleware/service';
import { meRoutes } from '../../routes/me';
import type { MeDependencies } from './dependencies';
import { bindDependencies } from './dependencies';
import { qrCodeDataUrl } from './qr-code';
import { whoAmI } from './who-am-i';

/** The caller's own: who they are, and their second factor. */
export function newMe(deps: MeDependencies): Service {
  const { journal } = deps.platform;
  const ports = { ...deps, journal };

  const endpoints: Endpoints<typeof meRoutes> = {
    'me.get': whoAmI(deps),

    'me.totp.enrol': async ({ caller, context }) => {
      const enrolled = await enrolTotp(ports, caller.user, context);
      if (!enrolled.ok) return { problem: problemOf(enrolled.error) };
      const { secret, expiresAt } = enrolled.value;
      const otpauthUri = totpUri(secret, caller.email ?? caller.user);
      return { status: 201, body: { otpauthUri, secret, qrCode: await qrCodeDataUrl(otpauthUri), expiresAt } };
    },

    'me.totp.confirm': async ({ caller, body, context }) => {
      const confirmed = await confirmTotp(witnessed(context), caller, body.code, context);
      if (!confirmed.ok) return refused(context, confirmed.error);
      return { status: 200, body: { totp: 'active', stepUpExpiresAt: expiryOf(confirmed.value.verifiedAt) } };
    },

    'me.mfa.verify': async ({ caller, body, context }) => {
      const verified = await verifyTotp(witnessed(context), caller, body.code);
      if (!verified.ok) return refused(context, verified.error);
      const { verifiedAt } = verified.value;
      return { status: 200, body: { verifiedAt: verifiedAt.toISOString(), expiresAt: expiryOf(verifiedAt) } };
    },
  };

  /**
   * Every use of a second factor is remembered [PCI DSS 10.2.1.5]: an accepted code before the session counts as stepped up, so
   * that no step-up can stand without its record; a refused one with its reason, and never with the code.
   */
  function witnessed(context: CommandContext): VerifyTotpPorts {
    const record: StepUps['record'] = async (user, session, stepUp) => {
      // A crash after this leaves an accepted code that opened nothing; the person enters the next one.
      await observe(context, { type: 'MfaVerified', outcome: 'succeeded' });
      await deps.stepUps.record(user, session, stepUp);
    };
    return { ...ports, stepUps: { read: (user, session) => deps.stepUps.read(user, session), record } };
  }

  async function refused(context: CommandContext, refusal: Refusal): Promise<{ readonly problem: Problem }> {
    await observe(context, { type: 'MfaRefused', outcome: 'refused', data: { reason: refusal.reason } });
    return { problem: problemOf(refusal) };
  }

  async function observe(
    context: CommandContext,
    seen: Pick<Observation, 'type' | 'outcome'> & { readonly data?: object },
  ): Promise<void> {
    await journal.observe(observationBy(deps, context, { owner: platform, ...seen }));
  }

  const expiryOf = (verifiedAt: Date): string =>
    new Date(verifiedAt.getTime() + deps.policies.lastKnown().stepUpWindowSeconds * 1000).toISOString();

  return newService(meRoutes, endpoints, deps);
}

type Refusal = TotpRefusal | CodeRefusal | CommandRefusal;

function problemOf(refusal: Refusal): Problem {
  if (isCommandRefusal(refusal)) return commandProblem(refusal);
  switch (refusal.reason) {
    case 'already-active':
      return { slug: 'conflict', detail: 'A second factor is active already. Ask someone above you to reset it.' };
    case 'not-enrolled':
      return { slug: 'conflict', detail: 'There is no second factor to use. Enrol one first.' };
    case 'enrolment-expired':
      return { slug: 'conflict', detail: 'The enrolment has expired. Begin it anew.' };
    case 'code-refused':
      return { slug: 'refused', detail: 'The code is wrong, too old, or used before.' };
    case 'locked':
      return {
        slug: 'second-factor-locked',
        detail: 'Too many wrong codes. Wait as long as Retry-After says.',
        retryAfterSeconds: refusal.retryAfterMs / 1000,
      };
    case 'disabled':
      return {
        slug: 'second-factor-disabled',
        detail: 'Too many wrong codes. Ask someone above you to reset the factor.',
      };
  }
}

export const handler = newMe(bindDependencies());
