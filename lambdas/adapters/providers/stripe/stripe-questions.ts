import type { ConnectRefusal } from '../../../domain/providers/provider';
import { err, ok } from '../../../kernel/result';
import type { Result } from '../../../kernel/result';
import { fieldsOf, listOf, MalformedData } from '../../reading';
import type { Fields } from '../../reading';
import type { StripeAnswer, StripeClient } from './stripe-client';
import { readId, readOurMetadata } from './stripe-objects';
import { isBusy } from './stripe-outcomes';

/** A harmless question that needs no right beyond those that payments need. */
export async function checkCredentials(client: StripeClient): Promise<Result<void, ConnectRefusal>> {
  const answer = await client.ask((stripe) => stripe.paymentIntents.list({ limit: 1 }));
  return answer.result === 'answered' ? ok(undefined) : err(refusalOf(answer));
}

/** Of the key's own account. No right that a restricted key can have lets it ask [Stripe: retrieve account; restricted keys]. */
export async function accountOf(client: StripeClient): Promise<string | undefined> {
  const answer = await client.ask((stripe) => stripe.accounts.retrieveCurrent());
  const id = answer.result === 'answered' ? answer.object.id : undefined;
  return typeof id === 'string' ? id : undefined;
}

/**
 * Our id of the payment that Stripe knows by this PaymentIntent; undefined where it is none of ours. Disputes, and refunds made in
 * the dashboard, name the PaymentIntent and hold none of its metadata.
 */
export async function paymentOfReference(
  client: StripeClient,
  reference: string,
): Promise<Result<string | undefined, ConnectRefusal>> {
  const answer = await client.ask((stripe) => stripe.paymentIntents.retrieve(reference));
  if (answer.result === 'error' && answer.status === 404) return ok(undefined);
  if (answer.result !== 'answered') return err(refusalOf(answer));
  return ok(readOurMetadata(answer.object).payment);
}

/** 401: no key of Stripe's, or one that was revoked; 403: a restricted key without the right [Stripe: errors]. */
export function refusalOf(answer: Exclude<StripeAnswer, { readonly result: 'answered' }>): ConnectRefusal {
  if (answer.result !== 'error' || answer.status >= 500 || isBusy(answer)) return 'provider-unreachable';
  return 'credentials-refused';
}

export interface StripePage {
  readonly objects: readonly Fields[];
  /** The last object's id, where there are more. */
  readonly next: string | undefined;
}

/** A page of a list [Stripe: pagination]. Throws MalformedData. */
export function readPage(list: Fields): StripePage {
  const objects = listOf(list, 'data').map((object) => fieldsOf(object, 'an object of the list'));
  const last = objects.at(-1);
  if (typeof list.has_more !== 'boolean') throw new MalformedData('has_more is neither true nor false');
  return { objects, next: list.has_more && last !== undefined ? readId(last, 'id') : undefined };
}

/** All objects of a list, page by page; undefined when it has more pages than that, or could not be read whole. */
export async function readAll(
  ask: (after: string | undefined) => Promise<StripeAnswer>,
  maxPages: number,
): Promise<readonly Fields[] | Exclude<StripeAnswer, { readonly result: 'answered' }>> {
  const all: Fields[] = [];
  let after: string | undefined;
  for (let count = 0; count < maxPages; count += 1) {
    const answer = await ask(after);
    if (answer.result !== 'answered') return answer;
    let page: StripePage;
    try {
      page = readPage(answer.object);
    } catch (error) {
      if (!(error instanceof MalformedData)) throw error;
      return { result: 'unanswered', detail: 'unreadable list' };
    }
    all.push(...page.objects);
    if (page.next === undefined) return all;
    after = page.next;
  }
  return { result: 'unanswered', detail: 'too many pages' };
}

export function isList<T>(value: readonly T[] | object): value is readonly T[] {
  return Array.isArray(value);
}
