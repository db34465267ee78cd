import {
  confirmTotp,
  enrolTotp,
  makeRecoveryCodes,
  removeTotp,
  totpUri,
  verifyRecoveryCode,
  verifyTotp,
} from '../../domain/mfa';
import type { Endpoints } from '../../middleware/service';
import type { meRoutes } from '../../routes/me';
import type { MeDependencies } from './dependencies';
import { qrCodeDataUrl } from './qr-code';
import { newFactorPorts } from './factor-ports';
import { newWitness } from './witness';

type CodeRoutes = Pick<
  typeof meRoutes,
  'me.totp.enrol' | 'me.totp.confirm' | 'me.totp.remove' | 'me.mfa.verify' | 'me.recoveryCodes.make'
>;

/** The authenticator app and the recovery codes. */
export function codeEndpoints(deps: MeDependencies): Endpoints<CodeRoutes> {
  const witness = newWitness(deps);
  const { portsFor, expiryOf } = newFactorPorts(deps, witness);

  return {
    'me.totp.enrol': async ({ caller, context }) => {
      const enrolled = await enrolTotp(portsFor(context), caller, context);
      if (!enrolled.ok) return witness.refused(context, enrolled.error);
      const { secret, expiresAt } = enrolled.value;
      const otpauthUri = totpUri(secret, caller.email ?? caller.user);
      return { status: 201, body: { otpauthUri, secret, qrCode: await qrCodeDataUrl(otpauthUri), expiresAt } };
    },

    'me.totp.confirm': async ({ caller, body, context }) => {
      const confirmed = await confirmTotp(portsFor(context), caller, body.code, context);
      if (!confirmed.ok) return witness.refused(context, confirmed.error);
      return { status: 200, body: { totp: 'active', stepUpExpiresAt: expiryOf(confirmed.value.verifiedAt) } };
    },

    'me.totp.remove': async ({ caller, context }) => {
      const removed = await removeTotp(portsFor(context), caller.user, context);
      return removed.ok ? { status: 204, body: undefined } : witness.refused(context, removed.error);
    },

    'me.mfa.verify': async ({ caller, body, context }) => {
      const verified =
        'code' in body
          ? await verifyTotp(portsFor(context), caller, body.code)
          : await verifyRecoveryCode(portsFor(context), caller, body.recoveryCode, context);
      if (!verified.ok) return witness.refused(context, verified.error);
      const { verifiedAt } = verified.value;
      return { status: 200, body: { verifiedAt: verifiedAt.toISOString(), expiresAt: expiryOf(verifiedAt) } };
    },

    'me.recoveryCodes.make': async ({ caller, context }) => {
      const made = await makeRecoveryCodes(portsFor(context), caller.user, context);
      if (!made.ok) return witness.refused(context, made.error);
      return { status: 201, body: { recoveryCodes: [...made.value] } };
    },
  };
}
