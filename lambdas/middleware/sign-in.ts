import { admitsAddress } from '../domain/policies';
import type { SecurityPolicy } from '../domain/policies';
import { factorsStream, viewHasFactor } from '../domain/mfa';
import { newBoundedMap } from '../kernel/bounded-map';
import { platform } from '../kernel/journal';
import type { Owner } from '../kernel/journal';
import { before, known } from './exchange';
import type { Exchange, Link } from './exchange';
import type { RefusalObserver } from './observations';
import type { ServiceDeps } from './ports';
import { refuse } from './problem';
import type { Problem } from './problem';
import type { Person } from './request';
import { readStepUp, stepUpRequired } from './step-up';

type Deps = Pick<ServiceDeps, 'stepUps' | 'platform' | 'clock' | 'metrics'>;

/** Sessions whose second factor a warm function remembers, and for how long: a reset holds within a minute. */
const rememberedSessions = 1_000;
const rememberedMs = 30_000;

/**
 * What the policy asks of a person's sign-in, whatever they want to do: that it is not too old, that they come from an allowed
 * address, and where `require2faFor.SignIn` says so, that this very session has shown a second factor. Who has none to show
 * reaches only what enrols one: the routes of `/v1/me`, which are of no tenant.
 *
 * It comes after the membership, so that a stranger learns nothing of a tenant's policy. API keys have rules of their own.
 */
export function signIn(deps: Deps, observer: RefusalObserver): Link {
  /** When sessions have shown a second factor, as it was read. Each policy judges for itself how long that counts. */
  const shown = newBoundedMap<{ readonly verifiedAtMs: number; readonly readAtMs: number }>(rememberedSessions);

  return before(async (exchange) => {
    const { caller } = exchange;
    if (caller === undefined || caller.kind === 'api-key') return;
    const policy = policyFor(exchange);
    const refused = async (
      type: 'AccessRefused' | 'StepUpRefused',
      reason: string,
      problem: Problem,
    ): Promise<never> => {
      deps.metrics.count(type);
      await observer.observe(exchange, { type, reason }, ownerOf(exchange));
      return refuse(problem);
    };

    const nowMs = deps.clock.now().getTime();
    if (isTooOld(caller, policy, nowMs)) return refused('AccessRefused', 'sign-in-too-old', tooOld);
    if (!admitsAddress(policy, exchange.http.sourceIp))
      return refused('AccessRefused', 'address-not-allowed', notFromHere);
    if (!isSecondFactorDue(exchange, policy)) return;

    const key = `${caller.user}/${caller.session}`;
    const isRecent = (verifiedAtMs: number): boolean => nowMs - verifiedAtMs <= policy.sessionMaxAgeSeconds * 1_000;
    const remembered = shown.get(key);
    if (remembered !== undefined && nowMs - remembered.readAtMs < rememberedMs && isRecent(remembered.verifiedAtMs)) {
      return;
    }
    const done = await readStepUp(exchange, deps, caller);
    if (done !== undefined && isRecent(done.verifiedAtMs)) {
      shown.set(key, { verifiedAtMs: done.verifiedAtMs, readAtMs: nowMs });
      return;
    }
    const hasFactor = viewHasFactor(await deps.platform.views.record(factorsStream(caller.user)));
    return hasFactor
      ? refused('StepUpRefused', 'SignIn', stepUpRequired(policy.sessionMaxAgeSeconds))
      : refused('AccessRefused', 'second-factor-enrolment-required', enrolFirst);
  });
}

/** The tenant's policy for those who belong to it, the platform's elsewhere, and for guests: no tenant locks out who may help. */
export function policyFor(exchange: Exchange): SecurityPolicy {
  const platformPolicy = known(exchange, 'platformPolicy');
  const { tenant } = exchange;
  if (tenant === undefined) return platformPolicy;
  const isGuest = tenant.principal.kind === 'member' && tenant.principal.role === 'super-admin';
  return isGuest ? platformPolicy : tenant.policy;
}

function ownerOf({ tenant }: Exchange): Owner {
  return tenant === undefined ? platform : { tenant: tenant.id };
}

/** A token that does not say when its bearer signed in is as old as can be. */
function isTooOld({ signedInAtMs }: Person, { sessionMaxAgeSeconds }: SecurityPolicy, nowMs: number): boolean {
  return signedInAtMs === undefined || nowMs - signedInAtMs > sessionMaxAgeSeconds * 1_000;
}

/** Routes that a person who has just signed in needs to enrol a factor, or to accept an invitation, ask for none. */
function isSecondFactorDue(exchange: Exchange, { require2faFor }: SecurityPolicy): boolean {
  return require2faFor.SignIn && known(exchange, 'route').principal !== 'signed-in';
}

/** What asks for a new sign-in, and why. */
export function signInAgain(why: string): Problem {
  return {
    slug: 'unauthenticated',
    detail: `${why} Sign in again.`,
    headers: { 'www-authenticate': 'Bearer error="invalid_token", error_description="Sign in again"' },
  };
}

const tooOld = signInAgain('You have been signed in for too long.');

const notFromHere: Problem = {
  slug: 'address-not-allowed',
  detail: 'The security policy does not allow the address that you call from.',
};

const enrolFirst: Problem = {
  slug: 'second-factor-enrolment-required',
  detail: 'The security policy demands a second factor. Enrol one first.',
};
