import * as z from 'zod';

import type { Entity } from '../../kernel/entity';
import type { DomainEvent, StreamId } from '../../kernel/journal';
import { platform } from '../../kernel/journal';

/**
 * Which tenants a Super Admin is a guest of. It is a stream beside the Super Admin's own, so that the function that opens glasses
 * needs no right to say who is a Super Admin. A removal writes it, too: of a removal and a broken glass at the same moment one
 * decides again and sees the other.
 */
export interface Glasses {
  /** Until an hour has passed, or it is mended. Those that are over go when the next one comes. */
  readonly broken: readonly BrokenGlass[];
  /** They are no Super Admin any more. */
  readonly barred: boolean;
}

export interface BrokenGlass {
  readonly tenant: string;
  readonly until: string;
}

const glassesEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('GlassBroken'), data: z.object({ tenant: z.string(), until: z.string() }) }),
  z.object({ type: z.literal('GlassMended'), data: z.object({ tenant: z.string() }) }),
  z.object({ type: z.literal('GlassesBarred'), data: z.object({}) }),
  z.object({ type: z.literal('GlassesAllowed'), data: z.object({}) }),
]);

export type GlassesEvent = z.output<typeof glassesEvent>;

export const glassesEntity: Entity<Glasses, GlassesEvent> = {
  kind: 'glasses',
  evolve: (state = noGlasses, event, { at }) => {
    switch (event.type) {
      case 'GlassBroken':
        return { ...state, broken: [...openAt(without(state, event.data.tenant), at), event.data] };
      case 'GlassMended':
        return { ...state, broken: without(state, event.data.tenant) };
      case 'GlassesBarred':
        return { broken: [], barred: true };
      case 'GlassesAllowed':
        return { broken: [], barred: false };
    }
  },
  parseEvent: (event: DomainEvent) => glassesEvent.parse(event),
  audited: ({ broken, barred }) => ({ guestOf: broken.map(({ tenant }) => tenant), barred }),
};

export const noGlasses: Glasses = { broken: [], barred: false };

export function glassesStream(user: string): StreamId {
  return { owner: platform, kind: 'glasses', id: user };
}

/** They are read by their stream; a guest's place is seen in the tenant. */
export function glassesViews(): readonly never[] {
  return [];
}

/** The tenants they are a guest of at a moment (ISO 8601). */
export function guestOf({ broken }: Glasses, at: string): readonly string[] {
  return openAt(broken, at).map(({ tenant }) => tenant);
}

function without({ broken }: Glasses, tenant: string): readonly BrokenGlass[] {
  return broken.filter((glass) => glass.tenant !== tenant);
}

function openAt(broken: readonly BrokenGlass[], at: string): readonly BrokenGlass[] {
  return broken.filter(({ until }) => Date.parse(until) > Date.parse(at));
}
