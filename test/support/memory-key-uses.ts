import type { KeyUse, KeyUses } from '../../lambdas/domain/api-keys';

/** Last uses of API keys in memory, by the rules of the port. */
export function newMemoryKeyUses(): KeyUses {
  const uses = new Map<string, KeyUse>();
  return {
    record: async (keyId, use) => {
      const known = uses.get(keyId);
      if (known === undefined || known.at < use.at) uses.set(keyId, use);
    },
    read: async (keyIds) =>
      new Map(
        keyIds.flatMap((keyId) => {
          const use = uses.get(keyId);
          return use === undefined ? [] : [[keyId, use] as const];
        }),
      ),
  };
}
