import type { Context } from 'aws-lambda';
import * as z from 'zod';

import {
  appointPlatformAdmin,
  platformAdminEntity,
  platformAdminStream,
  removePlatformAdmin,
} from '../../domain/identity';
import type { AppointmentRefusal, RemovalRefusal } from '../../domain/identity';
import { resetFactors } from '../../domain/mfa';
import type { ResetRefusal } from '../../domain/mfa';
import { platformPolicyStream, resetAddresses } from '../../domain/policies';
import type { NoAddresses } from '../../domain/policies';
import type { CommandContext, CommandRefusal } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import { err } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { PlatformAdminsDependencies } from './dependencies';
import { bindDependencies } from './dependencies';

const grounds = z.string().trim().min(10).max(500);

const userId = z.string().min(1).max(64);

const order = z.discriminatedUnion('action', [
  z.strictObject({ action: z.literal('appoint'), email: z.email().max(254) }),
  z.strictObject({ action: z.literal('remove'), userId, reason: grounds }),
  z.strictObject({ action: z.literal('reset-mfa'), userId, evidence: grounds }),
  z.strictObject({ action: z.literal('reset-addresses'), reason: grounds }),
]);

type Order = z.output<typeof order>;

/**
 * Super Admins are managed by nobody of their own rank, but by whoever operates the account: invoked with one of
 *
 *     {"action": "appoint", "email": …}
 *     {"action": "remove", "userId": …, "reason": …}
 *     {"action": "reset-mfa", "userId": …, "evidence": …}
 *     {"action": "reset-addresses", "reason": …}
 *
 * The last one takes back the addresses that the platform's policy allows, when they lock every Super Admin out.
 * An error says what to do; it never repeats an address.
 */
export function newPlatformAdmins(
  deps: PlatformAdminsDependencies,
): (event: unknown, context: Pick<Context, 'awsRequestId'>) => Promise<Person> {
  return async (event, { awsRequestId }) => {
    const read = order.safeParse(event);
    if (!read.success) throw new Error(usage);
    const { action } = read.data;
    const context: CommandContext = {
      actor: { user: 'platform-admins', level: 'operator' },
      request: { id: awsRequestId, route: 'platform-admins' },
      command: { name: `platform-admins.${action}` },
    };
    const { person, done } = await carryOut(deps, read.data, context);
    if (!done.ok) {
      deps.log.warn('order refused', { awsRequestId, ...person, reason: done.error.reason });
      throw new Error(`refused: ${messageOf(done.error)}`);
    }
    deps.log.info(`order carried out: ${action}`, { awsRequestId, ...person });
    return person;
  };
}

type Person = { readonly userId?: string };

async function carryOut(
  deps: PlatformAdminsDependencies,
  given: Order,
  context: CommandContext,
): Promise<{ readonly person: Person; readonly done: Result<unknown, Refusal> }> {
  if (given.action === 'reset-addresses') {
    return { person: {}, done: await resetAddresses(deps, platformPolicyStream, given.reason, context) };
  }
  const userId = given.action === 'appoint' ? await findPerson(deps, given.email) : given.userId;
  return { person: { userId }, done: await carryOutOn(deps, given, userId, context) };
}

async function findPerson({ directory }: PlatformAdminsDependencies, email: string): Promise<string> {
  const userId = await directory.findUserByEmail(email);
  if (userId === undefined) throw new Error('no confirmed user has this verified e-mail address: sign up first');
  return userId;
}

function carryOutOn(
  deps: PlatformAdminsDependencies,
  given: Exclude<Order, { readonly action: 'reset-addresses' }>,
  userId: string,
  context: CommandContext,
): Promise<Result<unknown, Refusal>> {
  switch (given.action) {
    case 'appoint':
      return appointPlatformAdmin(deps, userId, context);
    case 'remove':
      return removePlatformAdmin(deps, userId, given.reason, context);
    case 'reset-mfa':
      return resetMfa(deps, userId, given.evidence, context);
  }
}

/** Only of those above whom nobody in the product stands; everybody else has a superior there. */
async function resetMfa(
  deps: PlatformAdminsDependencies,
  userId: string,
  evidence: string,
  context: CommandContext,
): Promise<Result<void, Refusal>> {
  const { state } = fold(platformAdminEntity, await deps.journal.read(platformAdminStream(userId)));
  if (state === undefined) return err({ reason: 'no-such-super-admin' });
  return resetFactors(deps, userId, evidence, context);
}

type Refusal = AppointmentRefusal | RemovalRefusal | ResetRefusal | NoAddresses | CommandRefusal;

function messageOf(refusal: Refusal): string {
  switch (refusal.reason) {
    case 'not-bootstrapped':
      return 'the first Super Admin comes by platform-bootstrap';
    case 'already-super-admin':
      return 'this person is a Super Admin already';
    case 'member-of-a-tenant':
      return 'this person belongs to a tenant, and a Super Admin belongs to none: have them removed there first';
    case 'no-such-super-admin':
      return 'no Super Admin has this user id';
    case 'last-super-admin':
      return 'this is the last Super Admin; appoint another one first';
    case 'nothing-to-reset':
      return 'this person has no second factor';
    case 'no-addresses':
      return 'the platform has set no allowed addresses';
    case 'contended':
      return 'another run is under way; see whether it succeeded before you try again';
    case 'idempotency-key-reused':
    case 'stale-version':
      return refusal.reason;
  }
}

const usage =
  'send {"action": "appoint", "email": "<address>"}, {"action": "remove", "userId": "<id>", "reason": "<10 to 500 characters>"}, ' +
  '{"action": "reset-mfa", "userId": "<id>", "evidence": "<10 to 500 characters>"} ' +
  'or {"action": "reset-addresses", "reason": "<10 to 500 characters>"}';

export const handler = newPlatformAdmins(bindDependencies());
