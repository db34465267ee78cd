import * as z from 'zod';

import type { Entity, Head } from '../../kernel/entity';
import { InvariantViolation } from '../../kernel/invariant';
import type { DomainEvent, StreamId, ViewWrite } from '../../kernel/journal';
import { platform } from '../../kernel/journal';
import type { SealingContext } from '../../kernel/sealing';
import type { ViewRecord } from '../../kernel/views';

/**
 * All second factors of a person. One stream a user; it lies with the platform, for a person may be a member of many tenants.
 * After a reset it holds none, and when that was.
 */
export interface SecondFactors {
  /** The authenticator app: its secret, sealed under `factorsContext`. */
  readonly totp: { readonly sealed: string } | undefined;
  /** An authenticator app that is not confirmed yet. Confirmed, it takes the place of `totp`. */
  readonly enrolment: { readonly sealed: string; readonly expiresAt: string } | undefined;
  readonly recoveryCodes: RecoveryCodes | undefined;
  readonly passkeys: readonly Passkey[];
  /** When they were last taken away by a reset. */
  readonly resetAt: string | undefined;
}

/** A set of recovery codes: only what hashes them is kept, sealed under `recoveryCodesContext`. */
export interface RecoveryCodes {
  readonly sealed: string;
  readonly count: number;
  /** Indexes of those that were used. */
  readonly used: readonly number[];
}

/** A WebAuthn credential. Nothing of it is secret. */
export interface Passkey {
  readonly id: string;
  /** What its owner calls it. */
  readonly name: string;
  /** As the authenticator names it, base64url. */
  readonly credentialId: string;
  /** COSE key [RFC 9052], base64url. */
  readonly publicKey: string;
  /** The signature counter at its registration; later ones are kept beside the attempts (`PasskeyCounters`). */
  readonly counter: number;
  readonly transports: readonly string[];
  readonly createdAt: string;
}

const passkeyData = z.object({
  id: z.string(),
  name: z.string(),
  credentialId: z.string(),
  publicKey: z.string(),
  counter: z.int(),
  transports: z.array(z.string()),
});

const factorsEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('TotpEnrolmentBegun'), data: z.object({ sealed: z.string(), expiresAt: z.string() }) }),
  z.object({ type: z.literal('TotpConfirmed'), data: z.object({}) }),
  z.object({ type: z.literal('TotpRemoved'), data: z.object({}) }),
  z.object({ type: z.literal('RecoveryCodesMade'), data: z.object({ sealed: z.string(), count: z.int() }) }),
  z.object({ type: z.literal('RecoveryCodeUsed'), data: z.object({ index: z.int(), left: z.int() }) }),
  z.object({ type: z.literal('PasskeyRegistered'), data: passkeyData }),
  z.object({ type: z.literal('PasskeyRemoved'), data: z.object({ id: z.string() }) }),
  z.object({ type: z.literal('SecondFactorsReset'), data: z.object({ evidence: z.string() }) }),
]);

export type FactorsEvent = z.output<typeof factorsEvent>;

export const noFactors: SecondFactors = {
  totp: undefined,
  enrolment: undefined,
  recoveryCodes: undefined,
  passkeys: [],
  resetAt: undefined,
};

export const factorsEntity: Entity<SecondFactors, FactorsEvent> = {
  kind: 'mfa',
  evolve: (state = noFactors, event, { at }) => {
    switch (event.type) {
      case 'TotpEnrolmentBegun':
        return { ...state, enrolment: event.data };
      case 'TotpConfirmed': {
        if (state.enrolment === undefined) throw new InvariantViolation('only a pending enrolment is confirmed');
        return { ...state, totp: { sealed: state.enrolment.sealed }, enrolment: undefined };
      }
      case 'TotpRemoved':
        return { ...state, totp: undefined, enrolment: undefined };
      case 'RecoveryCodesMade':
        return { ...state, recoveryCodes: { ...event.data, used: [] } };
      case 'RecoveryCodeUsed':
        return { ...state, recoveryCodes: withUsed(state.recoveryCodes, event.data.index) };
      case 'PasskeyRegistered':
        return { ...state, passkeys: [...state.passkeys, { ...event.data, createdAt: at }] };
      case 'PasskeyRemoved':
        return { ...state, passkeys: state.passkeys.filter(({ id }) => id !== event.data.id) };
      case 'SecondFactorsReset':
        return { ...noFactors, resetAt: at };
    }
  },
  parseEvent: (event: DomainEvent) => factorsEvent.parse(event),
  audited: (state) => ({
    totp: totpIn(state),
    passkeys: state.passkeys.map(({ id }) => id),
    recoveryCodesLeft: recoveryCodesLeft(state),
  }),
  immediateViews: mfaViews,
};

function withUsed(codes: RecoveryCodes | undefined, index: number): RecoveryCodes {
  if (codes === undefined || codes.used.includes(index)) throw new InvariantViolation('a recovery code is used once');
  return { ...codes, used: [...codes.used, index] };
}

export function factorsStream(user: string): StreamId {
  return { owner: platform, kind: 'mfa', id: user };
}

/** What the sealed secret of an authenticator app is bound to. */
export function factorsContext(user: string): SealingContext {
  return { tenant: 'platform', user };
}

/** What the sealed hashes of recovery codes are bound to. */
export function recoveryCodesContext(user: string): SealingContext {
  return { tenant: 'platform', user, purpose: 'recovery-codes' };
}

/** Whether the person can show a second factor. Recovery codes alone are none: they stand in for one that was lost. */
export function hasFactor(state: SecondFactors | undefined): boolean {
  return state !== undefined && (state.totp !== undefined || state.passkeys.length > 0);
}

export function recoveryCodesLeft(state: SecondFactors | undefined): number {
  const codes = state?.recoveryCodes;
  return codes === undefined ? 0 : codes.count - codes.used.length;
}

/** `none` once a pending enrolment has expired. */
export function totpStatus(state: SecondFactors | undefined, now: Date): 'none' | 'pending' | 'active' {
  const status = state === undefined ? 'none' : totpIn(state);
  if (status !== 'pending') return status;
  return now.getTime() < Date.parse(state?.enrolment?.expiresAt ?? '') ? 'pending' : 'none';
}

function totpIn({ totp, enrolment }: SecondFactors): 'none' | 'pending' | 'active' {
  if (totp !== undefined) return 'active';
  return enrolment === undefined ? 'none' : 'pending';
}

/**
 * Factors are read by their stream; the view tells which there are, and never holds a secret, sealed or not. It is written with
 * the commit, so that who has just enrolled is known to have.
 */
export function mfaViews(state: SecondFactors, head: Head): readonly ViewWrite[] {
  return [
    {
      type: 'record',
      entity: head.stream,
      version: head.version,
      data: {
        totp: totpIn(state),
        passkeys: state.passkeys.length,
        recoveryCodesLeft: recoveryCodesLeft(state),
      },
    },
  ];
}

const viewData = z.object({ totp: z.enum(['none', 'pending', 'active']), passkeys: z.int().default(0) });

/** Whether the record of `factorsStream` says that the person can show a second factor. Throws on a record that is none. */
export function viewHasFactor(record: ViewRecord | undefined): boolean {
  if (record === undefined) return false;
  const { totp, passkeys } = viewData.parse(record.data);
  return totp === 'active' || passkeys > 0;
}
