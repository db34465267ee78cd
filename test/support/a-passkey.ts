import { factorsEntity, factorsStream } from '../../lambdas/domain/mfa';
import { execute } from '../../lambdas/kernel/command';
import { newId, systemRandomness } from '../../lambdas/kernel/ids';
import { ok } from '../../lambdas/kernel/result';
import type { ServiceWorld } from './service-world';

/** Gives somebody a factor, without the ceremony. */
export async function withPasskey({ deps, store }: ServiceWorld, user: string): Promise<void> {
  const context = {
    actor: { user, level: 'user' },
    request: { id: 'setup', route: 'test' },
    command: { name: 'test' },
  } as const;
  const id = newId('passkey', systemRandomness);
  const data = { id, name: 'Key', credentialId: id, publicKey: 'key', counter: 0, transports: [] };
  const kept = await execute({ ...deps, journal: store.journal }, factorsEntity, factorsStream(user), context, () =>
    ok([{ type: 'PasskeyRegistered', data }]),
  );
  expect(kept.ok).toBe(true);
}
