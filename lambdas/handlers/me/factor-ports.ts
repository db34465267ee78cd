import type { CommandContext } from '../../kernel/command';
import type { MeDependencies } from './dependencies';
import type { Witness } from './witness';

/** What the use cases of second factors take, whichever factor it is: step-ups are witnessed, and hold for the policy's window. */
export function newFactorPorts(deps: MeDependencies, witness: Witness) {
  const windowSeconds = (): number => deps.policies.lastKnown().stepUpWindowSeconds;
  return {
    portsFor: (context: CommandContext) => ({
      ...deps,
      journal: deps.platform.journal,
      stepUps: witness.stepUps(context),
      stepUpWindowSeconds: windowSeconds(),
    }),
    /** When a step-up of this moment ends. */
    expiryOf: (verifiedAt: Date): string => new Date(verifiedAt.getTime() + windowSeconds() * 1000).toISOString(),
  };
}
