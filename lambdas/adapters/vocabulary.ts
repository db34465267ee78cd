import type { Actor, Observation } from '../kernel/journal';

/** The closed sets of words that stored records may use. */
export const actorLevels = [
  'super-admin',
  'owner',
  'admin',
  'auditor',
  'api-key',
  'user',
  'provider',
  'system',
  'operator',
] as const satisfies readonly Actor['level'][];

export const observationOutcomes = [
  'succeeded',
  'refused',
  'failed',
] as const satisfies readonly Observation['outcome'][];
