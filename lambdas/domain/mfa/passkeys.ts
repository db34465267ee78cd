import type { CommandContext, CommandRefusal } from '../../kernel/command';
import { execute } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import type { Randomness } from '../../kernel/ids';
import { newId } from '../../kernel/ids';
import { redactText } from '../../kernel/redaction';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type {
  AssertionResponse,
  ChallengePlace,
  PasskeyChallenges,
  PasskeyCounters,
  PasskeyVerifier,
  RegistrationResponse,
} from './ports';
import { factorsEntity, factorsStream } from './second-factors';
import type { FactorsEvent, Passkey, SecondFactors } from './second-factors';
import { newAdditionGuard, stepUpSession } from './step-up';
import type { AddingPorts, AdditionRefusal, Presenter, StepUpPorts, Verified } from './step-up';

export interface PasskeyPorts {
  readonly challenges: PasskeyChallenges;
  readonly passkeyCounters: PasskeyCounters;
  readonly passkeyVerifier: PasskeyVerifier;
}

export type PasskeyRefusal =
  /** No challenge, or not the one of this session, or wrong in any other way: all are told alike. */
  | { readonly reason: 'passkey-refused' }
  /** The signature counter did not rise: the passkey may have been copied. */
  | { readonly reason: 'counter-fell' }
  | { readonly reason: 'passkey-exists' }
  | { readonly reason: 'too-many-passkeys' }
  | { readonly reason: 'no-passkey' };

export const challengeMs = 5 * 60 * 1000;

const maxPasskeys = 10;

/** Ed25519, ECDSA with P-256, RSASSA-PKCS1-v1_5, the last two over SHA-256 [IANA COSE algorithms]. */
export const passkeyAlgorithms = [-8, -7, -257] as const;

/** Options for `navigator.credentials.create()`. `account` is shown by the authenticator. */
export async function beginPasskey(
  ports: AddingPorts & PasskeyPorts,
  presenter: Presenter,
  account: string,
): Promise<Result<ReturnType<typeof creationOptions>, AdditionRefusal | PasskeyRefusal>> {
  const guard = await newAdditionGuard(ports, presenter);
  const { state: factors } = fold(factorsEntity, await ports.journal.read(factorsStream(presenter.user)));
  const may = guard(factors);
  if (!may.ok) return may;
  const passkeys = factors?.passkeys ?? [];
  if (passkeys.length >= maxPasskeys) return err({ reason: 'too-many-passkeys' });
  const challenge = await newChallenge(ports, { ...presenter, ceremony: 'register' });
  return ok(creationOptions(ports.passkeyVerifier.site, presenter.user, account, challenge, passkeys));
}

/** Keeps a passkey whose owner has just made it in answer to the challenge of this session. */
export async function registerPasskey(
  ports: AddingPorts & PasskeyPorts,
  presenter: Presenter,
  asked: { readonly name: string; readonly credential: RegistrationResponse },
  context: CommandContext,
): Promise<Result<Passkey, AdditionRefusal | PasskeyRefusal | CommandRefusal>> {
  const stream = factorsStream(presenter.user);
  const [guard, commits] = await Promise.all([newAdditionGuard(ports, presenter), ports.journal.read(stream)]);
  const loaded = fold(factorsEntity, commits);
  const mayNow = guard(loaded.state);
  if (!mayNow.ok) return mayNow;
  // A crash after this leaves no challenge: the person begins anew.
  const challenge = await takeChallenge(ports, { ...presenter, ceremony: 'register' });
  if (challenge === undefined) return err({ reason: 'passkey-refused' });
  const registered = await ports.passkeyVerifier.registration(asked.credential, challenge);
  if (registered === undefined) return err({ reason: 'passkey-refused' });
  const id = newId('passkey', ports.randomness);
  const data = {
    id,
    name: redactText(asked.name),
    ...registered,
    transports: [...(asked.credential.response.transports ?? [])],
  };
  const kept = await execute<SecondFactors, FactorsEvent, AdditionRefusal | PasskeyRefusal>(
    ports,
    factorsEntity,
    stream,
    context,
    (factors) => {
      const may = guard(factors);
      if (!may.ok) return may;
      const passkeys = factors?.passkeys ?? [];
      if (passkeys.some(({ credentialId }) => credentialId === data.credentialId)) {
        return err({ reason: 'passkey-exists' });
      }
      if (passkeys.length >= maxPasskeys) return err({ reason: 'too-many-passkeys' });
      return ok([{ type: 'PasskeyRegistered', data }]);
    },
    { loaded },
  );
  if (!kept.ok) return kept;
  const passkey = kept.value.state.passkeys.find((each) => each.id === id);
  return passkey === undefined ? err({ reason: 'passkey-refused' }) : ok(passkey);
}

/** Options for `navigator.credentials.get()`. */
export async function beginPasskeyVerification(
  ports: StepUpPorts & PasskeyPorts,
  presenter: Presenter,
): Promise<Result<ReturnType<typeof requestOptions>, PasskeyRefusal>> {
  const { state: factors } = fold(factorsEntity, await ports.journal.read(factorsStream(presenter.user)));
  const passkeys = factors?.passkeys ?? [];
  if (passkeys.length === 0) return err({ reason: 'no-passkey' });
  const challenge = await newChallenge(ports, { ...presenter, ceremony: 'verify' });
  return ok(requestOptions(ports.passkeyVerifier.site, challenge, passkeys));
}

/** Verifies an assertion over the challenge of this session: it counts as stepped up from now. */
export async function verifyPasskey(
  ports: StepUpPorts & PasskeyPorts,
  presenter: Presenter,
  response: AssertionResponse,
): Promise<Result<Verified, PasskeyRefusal>> {
  const verifiedAt = ports.clock.now();
  const { user } = presenter;
  // A crash after this leaves no challenge: the person begins anew.
  const challenge = await takeChallenge(ports, { ...presenter, ceremony: 'verify' });
  if (challenge === undefined) return err({ reason: 'passkey-refused' });
  const { state: factors } = fold(factorsEntity, await ports.journal.read(factorsStream(user)));
  const passkey = factors?.passkeys.find(({ credentialId }) => credentialId === response.id);
  const { userHandle } = response.response;
  const isOthers = typeof userHandle === 'string' && userHandle !== handleOf(user);
  if (passkey === undefined || isOthers) return err({ reason: 'passkey-refused' });
  const asserted = await ports.passkeyVerifier.assertion(response, challenge, passkey);
  if (asserted === undefined) return err({ reason: 'passkey-refused' });

  const { counter } = asserted;
  const rose = counter > passkey.counter || (counter === 0 && passkey.counter === 0);
  // A crash after this leaves the counter moved on and nothing gained: the next assertion has a greater one.
  if (!rose || !(await ports.passkeyCounters.advance(user, passkey.id, counter))) {
    return err({ reason: 'counter-fell' });
  }
  return stepUpSession(ports, presenter, 'passkey', verifiedAt);
}

async function newChallenge(
  {
    challenges,
    clock,
    randomness,
  }: Pick<PasskeyPorts, 'challenges'> & Pick<StepUpPorts, 'clock'> & { readonly randomness: Randomness },
  { user, session, ceremony }: ChallengePlace,
): Promise<string> {
  const challenge = Buffer.from(randomness.bytes(32)).toString('base64url');
  await challenges.keep({ user, session, ceremony }, challenge, clock.now().getTime() + challengeMs);
  return challenge;
}

function takeChallenge(
  { challenges, clock }: Pick<PasskeyPorts, 'challenges'> & Pick<StepUpPorts, 'clock'>,
  { user, session, ceremony }: ChallengePlace,
): Promise<string | undefined> {
  return challenges.take({ user, session, ceremony }, clock.now().getTime());
}

/** The handle that the authenticator keeps: opaque, and no more than the subject id. */
function handleOf(user: string): string {
  return Buffer.from(user).toString('base64url');
}

function creationOptions(site: string, user: string, account: string, challenge: string, passkeys: readonly Passkey[]) {
  return {
    rp: { id: site, name: 'Countinghouse' },
    user: { id: handleOf(user), name: account, displayName: account },
    challenge,
    pubKeyCredParams: passkeyAlgorithms.map((alg) => ({ type: 'public-key' as const, alg })),
    timeout: challengeMs,
    excludeCredentials: passkeys.map(descriptorOf),
    authenticatorSelection: { residentKey: 'preferred' as const, userVerification: 'required' as const },
    attestation: 'none' as const,
  };
}

function requestOptions(site: string, challenge: string, passkeys: readonly Passkey[]) {
  return {
    challenge,
    rpId: site,
    timeout: challengeMs,
    userVerification: 'required' as const,
    allowCredentials: passkeys.map(descriptorOf),
  };
}

function descriptorOf({ credentialId, transports }: Passkey) {
  return { type: 'public-key' as const, id: credentialId, transports: [...transports] };
}
