import type { Choices } from './choices';

/** What can go wrong with one call to the outside. */
export const faultKinds = [
  /** Refused for now, without effect. */
  'throttled',
  /** Answered by a server error, without effect. */
  'unavailable',
  /** Nothing listens: the request never leaves. */
  'refused',
  /** The request is lost; the caller waits until its time limit. */
  'lost-request',
  /** It takes effect, and the answer is lost. */
  'lost-answer',
  /** The caller gives up, and it takes effect only afterwards. */
  'late-effect',
  /** It takes effect, and the caller hears of it a long time later: a slow network, a paused process. */
  'paused',
  /** The function dies before the call has left it. */
  'crash-before',
  /** The function dies after the call took effect. */
  'crash-after',
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** A fault at one call, as `actor:call:kind`: the calls of an actor are counted from 1. */
export type FaultSite = `${string}:${number}:${FaultKind}`;

export interface FaultPlan {
  /** The fault at an actor's n-th call, if one. `possible` are those that the service knows. */
  at(actor: string, call: number, possible: readonly FaultKind[]): FaultKind | undefined;
}

/** Faults by chance, at one call in `oneIn` or so; each history has a rate of its own, and one in eight has none. */
export function faultsByChance(choices: Choices): FaultPlan {
  const rates = [0, 0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.3] as const;
  const rate = choices.pick(rates, 'fault-rate');
  return {
    at: (actor, call, possible) => {
      if (!choices.chance(rate, 'fault', actor, call)) return undefined;
      const [first, ...others] = possible;
      return first === undefined ? undefined : choices.pick([first, ...others], 'fault-kind', actor, call);
    },
  };
}

/** Exactly these faults: those of a history that is replayed or shrunk. */
export function faultsAt(sites: ReadonlySet<string>): FaultPlan {
  return {
    at: (actor, call, possible) => possible.find((kind) => sites.has(`${actor}:${String(call)}:${kind}`)),
  };
}

export function siteOf(actor: string, call: number, kind: FaultKind): FaultSite {
  return `${actor}:${call}:${kind}`;
}
