import type { LooserField, PolicyRefusal } from '../domain/policies';
import type { CommandRefusal } from '../kernel/command';
import type { CursorSigner } from '../kernel/cursor';
import { invariant, unreachable } from '../kernel/invariant';
import type { Commit } from '../kernel/journal';
import { pageOf } from '../middleware/lists';
import type { InputError, Problem } from '../middleware/problem';
import { commandProblem, isCommandRefusal } from '../middleware/refusals';
import { pageOfCommits } from './payments/timeline';

/** Why a policy was not changed, for the two functions that change policies. Values of policies are no secrets of anyone's. */
export function policyProblem(refusal: PolicyRefusal | CommandRefusal): Problem {
  if (isCommandRefusal(refusal)) return commandProblem(refusal);
  return { ...ruleProblem(refusal), refusedAccess: refusal.reason };
}

function ruleProblem(refusal: PolicyRefusal): Problem {
  switch (refusal.reason) {
    case 'below-floor':
      return {
        slug: 'refused',
        detail: "A tenant can only tighten the platform's security policy.",
        errors: refusal.fields.map(belowFloor),
        extensions: {
          reason: refusal.reason,
          floor: Object.fromEntries(refusal.fields.map(({ path, floor }) => [path, floor])),
        },
      };
    case 'foreign-origin':
      return {
        slug: 'refused',
        detail: 'An allowed origin must be one of this stage.',
        errors: [{ in: 'body', pointer: '#/allowedOrigins', detail: `one of ${refusal.stageOrigins.join(', ')}` }],
        extensions: { reason: refusal.reason },
      };
    case 'shuts-you-out':
      return {
        slug: 'refused',
        detail: 'The address that you call from would not be allowed any more.',
        errors: [{ in: 'body', pointer: '#/consoleIpAllowlist', detail: 'must hold your own address' }],
        extensions: { reason: refusal.reason },
      };
    default:
      return unreachable(refusal);
  }
}

function belowFloor({ path, floor, tighter }: LooserField): InputError {
  return {
    in: 'body',
    pointer: `#/${path.replaceAll('.', '/')}`,
    detail: `looser than the platform's ${JSON.stringify(floor)}: stricter is ${tighter}`,
  };
}

/** The versions of a policy, newest first, from the commits of its stream: who changed what, and when. */
export function policyHistory(options: {
  readonly cursors: CursorSigner;
  readonly scope: readonly string[];
  readonly query: { readonly limit: number; readonly cursor?: string | undefined };
  readonly commits: readonly Commit[];
}) {
  const { commits, ...list } = options;
  return pageOf({
    ...list,
    read: async (page) => pageOfCommits(commits, page),
    present: ({ version }) => {
      const commit = commits.find((each) => each.version === version);
      invariant(commit !== undefined, 'a page of commits that were read');
      const { at, actor, request, changes } = commit;
      return {
        version,
        at,
        actor: { user: actor.user, level: actor.level },
        requestId: request.id,
        changes: changes.map((each) => ({ ...each })),
      };
    },
  });
}
