import type { KMSClient } from '@aws-sdk/client-kms';
import { GenerateMacCommand, KMSInvalidMacException, VerifyMacCommand } from '@aws-sdk/client-kms';

import type { KeyedMac } from '../../kernel/sealing';

export interface KmsMacDependencies {
  readonly client: KMSClient;
  /** A key of spec HMAC_256. */
  readonly keyArn: string;
}

const macBytes = 32;

/** HMAC-SHA-256 in KMS; up to 4 KB of text. */
export function newKmsMac({ client, keyArn }: KmsMacDependencies): KeyedMac {
  return {
    mac: async (text) => {
      const answer = await client.send(
        new GenerateMacCommand({ KeyId: keyArn, MacAlgorithm: 'HMAC_SHA_256', Message: Buffer.from(text) }),
      );
      if (answer.Mac === undefined) throw new Error('KMS answered without a code');
      return Buffer.from(answer.Mac).toString('base64url');
    },

    verify: async (text, mac) => {
      const bytes = Buffer.from(mac, 'base64url');
      // Another length, or another spelling of the same bytes, is no code of ours and not worth a call.
      if (bytes.length !== macBytes || bytes.toString('base64url') !== mac) return false;
      try {
        const answer = await client.send(
          new VerifyMacCommand({ KeyId: keyArn, MacAlgorithm: 'HMAC_SHA_256', Message: Buffer.from(text), Mac: bytes }),
        );
        return answer.MacValid === true;
      } catch (error) {
        if (error instanceof KMSInvalidMacException) return false;
        throw error;
      }
    },
  };
}
