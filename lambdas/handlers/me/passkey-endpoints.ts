import {
  beginPasskey,
  beginPasskeyVerification,
  registerPasskey,
  removePasskey,
  verifyPasskey,
} from '../../domain/mfa';
import type { Endpoints } from '../../middleware/service';
import type { passkeysRoutes } from '../../routes/me-passkeys';
import type { MeDependencies } from './dependencies';
import { newFactorPorts } from './factor-ports';
import { newWitness } from './witness';

/** Passkeys: registering, removing and verifying them. */
export function passkeyEndpoints(deps: MeDependencies): Endpoints<typeof passkeysRoutes> {
  const witness = newWitness(deps);
  const { portsFor, expiryOf } = newFactorPorts(deps, witness);

  return {
    'me.passkeys.options': async ({ caller, context }) => {
      const begun = await beginPasskey(portsFor(context), caller, caller.email ?? caller.user);
      return begun.ok ? { status: 200, body: begun.value } : witness.refused(context, begun.error);
    },

    'me.passkeys.register': async ({ caller, body, context }) => {
      const registered = await registerPasskey(portsFor(context), caller, body, context);
      return registered.ok ? { status: 201, body: registered.value } : witness.refused(context, registered.error);
    },

    'me.passkeys.remove': async ({ caller, params, context }) => {
      const removed = await removePasskey(portsFor(context), caller.user, params.passkeyId, context);
      return removed.ok ? { status: 204, body: undefined } : witness.refused(context, removed.error);
    },

    'me.passkeys.verifyOptions': async ({ caller, context }) => {
      const begun = await beginPasskeyVerification(portsFor(context), caller);
      return begun.ok ? { status: 200, body: begun.value } : witness.refused(context, begun.error);
    },

    'me.passkeys.verify': async ({ caller, body, context }) => {
      const verified = await verifyPasskey(portsFor(context), caller, body.credential);
      if (!verified.ok) return witness.refused(context, verified.error);
      const { verifiedAt } = verified.value;
      return { status: 200, body: { verifiedAt: verifiedAt.toISOString(), expiresAt: expiryOf(verifiedAt) } };
    },
  };
}
