import type { KMSClient } from '@aws-sdk/client-kms';
import { DecryptCommand, EncryptCommand } from '@aws-sdk/client-kms';

import { invariant } from '../../kernel/invariant';
import type { Sealer, SealingContext } from '../../kernel/sealing';

export interface KmsSealerDependencies {
  readonly client: KMSClient;
  readonly keyArn: string;
}

/** [KMS: Encrypt takes up to 4096 bytes under a symmetric key] */
const maxPlaintextBytes = 4_096;

/** Seals by KMS itself: the plaintext's key never leaves it, and the context is checked there. */
export function newKmsSealer({ client, keyArn }: KmsSealerDependencies): Sealer {
  return {
    seal: async (plaintext, context) => {
      invariant(Buffer.byteLength(plaintext) <= maxPlaintextBytes, 'what is sealed has at most 4 KB');
      const answer = await client.send(
        new EncryptCommand({ KeyId: keyArn, Plaintext: Buffer.from(plaintext), EncryptionContext: bound(context) }),
      );
      if (answer.CiphertextBlob === undefined) throw new Error('KMS answered without a ciphertext');
      return Buffer.from(answer.CiphertextBlob).toString('base64');
    },

    open: async (sealed, context) => {
      const answer = await client.send(
        new DecryptCommand({
          KeyId: keyArn,
          CiphertextBlob: Buffer.from(sealed, 'base64'),
          EncryptionContext: bound(context),
        }),
      );
      if (answer.Plaintext === undefined) throw new Error('KMS answered without a plaintext');
      return Buffer.from(answer.Plaintext).toString();
    },
  };
}

/** Nothing is sealed without being bound to what it belongs to. */
function bound(context: SealingContext): Record<string, string> {
  invariant(Object.keys(context).length > 0, 'a sealed text is bound to a context');
  return { ...context };
}
