import * as z from 'zod';

import type { Entity, Head } from '../../kernel/entity';
import { InvariantViolation } from '../../kernel/invariant';
import type { DomainEvent, StreamId, ViewWrite } from '../../kernel/journal';
import { platform } from '../../kernel/journal';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { SealingContext } from '../../kernel/sealing';

/** A user's authenticator app. One stream a user; it lies with the platform, for a person may be a member of many tenants. */
export interface TotpFactor {
  readonly status: 'pending' | 'active';
  /** The secret, sealed under `totpContext` of the user. */
  readonly sealed: string;
  /** A pending enrolment must be confirmed before this. */
  readonly expiresAt: string;
}

const totpEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('TotpEnrolmentBegun'), data: z.object({ sealed: z.string(), expiresAt: z.string() }) }),
  z.object({ type: z.literal('TotpConfirmed'), data: z.object({}) }),
]);

export type TotpEvent = z.output<typeof totpEvent>;

export const totpEntity: Entity<TotpFactor, TotpEvent> = {
  kind: 'mfa',
  evolve: (state, event) => {
    switch (event.type) {
      case 'TotpEnrolmentBegun':
        if (state?.status === 'active') throw new InvariantViolation('an active factor is not enrolled again');
        return { status: 'pending', ...event.data };
      case 'TotpConfirmed':
        if (state?.status !== 'pending') throw new InvariantViolation('only a pending enrolment is confirmed');
        return { ...state, status: 'active' };
    }
  },
  parseEvent: (event: DomainEvent) => totpEvent.parse(event),
  audited: ({ status }) => ({ totp: status }),
};

export function totpStream(user: string): StreamId {
  return { owner: platform, kind: 'mfa', id: user };
}

/** What the sealed secret is bound to. */
export function totpContext(user: string): SealingContext {
  return { tenant: 'platform', user };
}

/** The factor is read by its stream; the view tells that there is one, and never holds the secret, sealed or not. */
export function mfaViews(state: TotpFactor, head: Head): readonly ViewWrite[] {
  return [{ type: 'record', entity: head.stream, version: head.version, data: { totp: state.status } }];
}

export type TotpRefusal =
  | { readonly reason: 'already-active' }
  | { readonly reason: 'not-enrolled' }
  | { readonly reason: 'enrolment-expired' };

const enrolmentMs = 15 * 60 * 1000;

/** Begins an enrolment, or begins it anew while it is pending. An active factor is replaced only after a reset by a superior. */
export function beginEnrolment(
  factor: TotpFactor | undefined,
  sealed: string,
  now: Date,
): Result<readonly TotpEvent[], TotpRefusal> {
  if (factor?.status === 'active') return err({ reason: 'already-active' });
  const expiresAt = new Date(now.getTime() + enrolmentMs).toISOString();
  return ok([{ type: 'TotpEnrolmentBegun', data: { sealed, expiresAt } }]);
}

/** Whether a code may confirm it now; asked before any code is looked at. */
export function confirmable(factor: TotpFactor | undefined, now: Date): Result<TotpFactor, TotpRefusal> {
  if (factor === undefined) return err({ reason: 'not-enrolled' });
  if (factor.status === 'active') return err({ reason: 'already-active' });
  return now.getTime() < Date.parse(factor.expiresAt) ? ok(factor) : err({ reason: 'enrolment-expired' });
}

/** `none` once a pending enrolment has expired. */
export function totpStatus(factor: TotpFactor | undefined, now: Date): 'none' | 'pending' | 'active' {
  if (factor === undefined) return 'none';
  if (factor.status === 'active') return 'active';
  return now.getTime() < Date.parse(factor.expiresAt) ? 'pending' : 'none';
}
