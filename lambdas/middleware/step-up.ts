import type { StepUp } from '../domain/mfa';
import { platform } from '../kernel/journal';
import { before, known } from './exchange';
import type { Exchange, Link } from './exchange';
import type { RefusalObserver } from './observations';
import type { ServiceDeps } from './ports';
import { refuse } from './problem';
import type { Problem } from './problem';
import type { Person } from './request';

/**
 * Step-up: where the policy demands it, this user must have verified a second factor in this very session within the window. A
 * route of `always` demands it whatever the policy says. It comes after the input's checks, so that nobody fetches a code for a
 * request that cannot succeed.
 */
export function stepUp(deps: Pick<ServiceDeps, 'stepUps' | 'clock' | 'metrics'>, observer: RefusalObserver): Link {
  return before(async (exchange) => {
    const purpose = known(exchange, 'route').stepUp;
    // Whether somebody adds a first factor or a further one is known to the endpoint, which reads them.
    if (purpose === null || purpose === 'once-enrolled') return;
    const caller = known(exchange, 'caller');
    // A key has no second factor to show. That it may do this was granted under one.
    if (caller.kind === 'api-key') return;
    const policy = exchange.tenant?.policy ?? known(exchange, 'platformPolicy');
    if (purpose !== 'always' && !policy.require2faFor[purpose]) return;

    const done = await readStepUp(exchange, deps, caller);
    const ageMs = done === undefined ? Infinity : deps.clock.now().getTime() - done.verifiedAtMs;
    if (ageMs <= policy.stepUpWindowSeconds * 1000) return;

    deps.metrics.count('StepUpRefused');
    const owner = exchange.tenant === undefined ? platform : { tenant: exchange.tenant.id };
    await observer.observe(exchange, { type: 'StepUpRefused', reason: purpose }, owner);
    refuse(stepUpRequired(policy.stepUpWindowSeconds));
  });
}

/** The step-up of the caller's session, read once a request. */
export async function readStepUp(
  exchange: Exchange,
  { stepUps }: Pick<ServiceDeps, 'stepUps'>,
  { user, session }: Person,
): Promise<StepUp | undefined> {
  exchange.stepUp ??= { done: await stepUps.read(user, session) };
  return exchange.stepUp.done;
}

/**
 * The challenge of RFC 9470 section 3. API Gateway renames `WWW-Authenticate` of an integration to
 * `x-amzn-Remapped-WWW-Authenticate`, so the document says the same.
 */
export function stepUpRequired(maxAgeSeconds: number): Problem {
  const description = 'A second factor verified more recently in this session is required';
  return {
    slug: 'step-up-required',
    detail: `${description}.`,
    extensions: { error: 'insufficient_user_authentication', maxAgeSeconds },
    headers: {
      'www-authenticate': `Bearer error="insufficient_user_authentication", error_description="${description}", max_age="${String(maxAgeSeconds)}"`,
    },
  };
}
