import type { ChangeKeyRefusal, IssueKeyRefusal } from '../../domain/api-keys';
import type { CommandRefusal } from '../../kernel/command';
import type { Problem } from '../../middleware/problem';
import { commandProblem, isCommandRefusal, notFound } from '../../middleware/refusals';

export type KeyCommandRefusal = IssueKeyRefusal | ChangeKeyRefusal;

/** Whether somebody reached for more than they hold, which is remembered [PCI DSS 10.2.1.4]. */
export function isBeyondAuthority({ reason }: KeyCommandRefusal | CommandRefusal): boolean {
  return reason === 'beyond-own' || reason === 'guest';
}

export function problemOf(refusal: KeyCommandRefusal | CommandRefusal): Problem {
  if (isCommandRefusal(refusal)) return commandProblem(refusal);
  switch (refusal.reason) {
    case 'beyond-own':
      return { slug: 'beyond-authority', detail: `You do not hold ${refusal.scopes.join(', ')} yourself.` };
    case 'guest':
      return { slug: 'beyond-authority', detail: 'A guest leaves no key behind that outlasts the visit.' };
    case 'expiry-past':
      return refused(refusal.reason, 'The key would have expired already.');
    case 'expiry-too-late':
      return refused(
        refusal.reason,
        `By the policy of this tenant, a key lives ${String(refusal.maxLifetimeDays)} days at most.`,
      );
    case 'lives-too-long':
      return refused(
        refusal.reason,
        `By the policy of this tenant, a key lives ${String(refusal.maxLifetimeDays)} days at most, and this one longer. Issue another.`,
      );
    case 'allowlist-required':
      return refused(refusal.reason, 'By the policy of this tenant, a key names the addresses it may be used from.');
    case 'key-absent':
      return notFound;
    case 'key-not-active':
      return { slug: 'conflict', detail: `This key is ${refusal.status}. Issue another.` };
    case 'too-many-secrets':
      return {
        slug: 'conflict',
        detail: 'As many old secrets of this key overlap as may. Wait until one ends, or rotate without an overlap.',
      };
  }
}

function refused(reason: string, detail: string): Problem {
  return { slug: 'refused', detail, extensions: { reason } };
}
